"""The tables of a home's store, as migrations that are never changed once released."""

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE relays (
    key BLOB PRIMARY KEY,
    descriptor BLOB NOT NULL,
    pass BLOB,
    is_mine INTEGER NOT NULL,
    inbox_sequence INTEGER NOT NULL DEFAULT 0,
    inbox_envelope BLOB NOT NULL DEFAULT x'00000000000000000000000000000000'
) STRICT;

CREATE TABLE packages (
    reference BLOB PRIMARY KEY,
    relay BLOB NOT NULL,
    private BLOB NOT NULL,
    sealed BLOB NOT NULL,
    is_last_resort INTEGER NOT NULL,
    is_on_shelf INTEGER NOT NULL DEFAULT 0,
    made_at REAL NOT NULL
) STRICT;

CREATE TABLE contacts (
    account BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    verified INTEGER NOT NULL DEFAULT 0,
    card BLOB,
    added_at REAL NOT NULL
) STRICT;

CREATE TABLE conversations (
    id BLOB PRIMARY KEY,
    kind INTEGER NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    peer BLOB,
    inviter BLOB,
    note TEXT NOT NULL DEFAULT '',
    relay BLOB NOT NULL,
    stream BLOB NOT NULL,
    is_on_relay INTEGER NOT NULL DEFAULT 0,
    is_restored INTEGER NOT NULL DEFAULT 0,
    sequence INTEGER NOT NULL DEFAULT 0,
    envelope BLOB NOT NULL DEFAULT x'00000000000000000000000000000000',
    epoch_state BLOB NOT NULL,
    ratchet_state BLOB NOT NULL,
    staged BLOB,
    rejoin BLOB,
    freshened_at REAL NOT NULL DEFAULT 0,
    is_doubtful INTEGER NOT NULL DEFAULT 0,
    timer INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    place_base INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE members (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    account BLOB NOT NULL,
    name TEXT NOT NULL,
    is_admin INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    keys BLOB NOT NULL,
    PRIMARY KEY (conversation, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE envelopes (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    is_commit INTEGER NOT NULL,
    data BLOB NOT NULL,
    is_missed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (conversation, id)
) STRICT;
CREATE INDEX envelopes_in_order ON envelopes (conversation, sequence);

CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    id BLOB NOT NULL,
    mimi BLOB NOT NULL,
    arrival INTEGER,
    place INTEGER,
    sender BLOB NOT NULL,
    time REAL NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    notice TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    reply_to BLOB,
    edited INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    attachment BLOB,
    expire_after INTEGER,
    expires_at REAL,
    UNIQUE (conversation, id)
) STRICT;
CREATE INDEX messages_in_order ON messages (conversation, place, number);
CREATE INDEX messages_as_they_came ON messages (conversation, arrival);
CREATE INDEX messages_that_expire ON messages (expires_at)
    WHERE expires_at IS NOT NULL;

CREATE VIRTUAL TABLE words USING fts5 (
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);

CREATE TABLE reactions (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    mimi BLOB NOT NULL,
    target BLOB NOT NULL,
    account BLOB NOT NULL,
    emoji TEXT NOT NULL,
    PRIMARY KEY (conversation, mimi)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_by_target ON reactions (conversation, target);

CREATE TABLE receipts (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    message BLOB NOT NULL,
    account BLOB NOT NULL,
    is_read INTEGER NOT NULL,
    PRIMARY KEY (conversation, message, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    envelope BLOB NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    content BLOB NOT NULL,
    epoch INTEGER,
    sealed BLOB,
    UNIQUE (conversation, envelope)
) STRICT;
CREATE INDEX outbox_in_order ON outbox (conversation, number);

CREATE TABLE sent (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    envelope BLOB NOT NULL,
    replaces BLOB,
    content BLOB NOT NULL,
    is_repeated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, envelope)
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    data BLOB NOT NULL,
    package BLOB,
    reason TEXT,
    try_at REAL NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE posts (
    envelope BLOB PRIMARY KEY,
    conversation BLOB NOT NULL,
    recipient BLOB NOT NULL,
    card BLOB NOT NULL,
    body BLOB NOT NULL,
    relay BLOB,
    is_posted INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    try_at REAL NOT NULL DEFAULT 0,
    made_at REAL NOT NULL
) STRICT;

CREATE TABLE transfers (
    conversation BLOB NOT NULL REFERENCES conversations ON DELETE CASCADE,
    message BLOB NOT NULL,
    is_upload INTEGER NOT NULL,
    path TEXT NOT NULL,
    moved INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (conversation, message, is_upload)
) STRICT, WITHOUT ROWID;
"""

_DEVICES = """
CREATE TABLE devices (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    is_pending INTEGER NOT NULL DEFAULT 0,
    is_in INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE kept_history (
    number INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX kept_by_conversation ON kept_history (conversation);
"""

_ERRANDS = """
CREATE TABLE errands (
    id BLOB PRIMARY KEY,
    enc BLOB NOT NULL,
    secret BLOB NOT NULL,
    asked BLOB NOT NULL,
    made_at REAL NOT NULL
) STRICT;
"""

MIGRATIONS = (_FIRST, _DEVICES, _ERRANDS)
