/** Beginning, settings, devices, connection, and what is wrong. */

export const account = {
  "lock.forgot":
    "Without the passphrase nobody can open what is here, not even those who made Linnet.",
  "lock.now": "Lock now",
  "lock.open": "Unlock",
  "lock.passphrase": "Passphrase",
  "lock.title": "Locked",
  "settings.title": "Settings",
  "profile.hint": "Your contacts see the change.",
  "profile.key": "Identity key",
  "profile.key.note": "This is who you are to others. It never changes.",
  "profile.save": "Save name",
  "profile.saved": "Your name was changed.",
  "profile.title": "Profile",

  "privacy.deliveryReceipts": "Delivery receipts",
  "privacy.deliveryReceipts.sub": "Others see that a message has reached you",
  "privacy.notificationText": "Show the message",
  "privacy.notificationText.sub": "Who wrote and what, also on a locked screen",
  "privacy.notifications": "Notifications",
  "privacy.notify": "Notifications",
  "privacy.notify.denied":
    "The browser does not allow notifications for this page. You can change that in its settings.",
  "privacy.notify.sub": "Tell me of new messages while this page is out of sight",
  "privacy.others": "What others learn",
  "privacy.others.note": "What you do not tell others, you do not see of them either.",
  "privacy.push": "Also while the page is closed",
  "privacy.push.asking": "Asking the browser…",
  "privacy.push.browser":
    "This browser cannot be woken here. On a phone, put Linnet on the home screen first.",
  "privacy.push.note":
    "Your browser's maker runs the service that wakes it. It learns that your relay wakes you, and when, and nothing more: what it is given is empty, and the notification says only that something new has come. While it runs, the relay can tell which of your chats wake the same browser.",
  "privacy.push.relay":
    "Your relay does not wake browsers. Notifications come while the page is open.",
  "privacy.push.service":
    "The browser cannot reach the service that would wake it, or does not use it. Nothing was changed; try again later.",
  "privacy.push.sub": "Your relay wakes this browser when something new has come",
  "privacy.readReceipts": "Read receipts",
  "privacy.readReceipts.sub": "Others see that you have read a message",
  "privacy.sub": "Receipts, typing, notifications",
  "privacy.title": "Privacy",
  "privacy.typing": "Typing",
  "privacy.typing.sub": "Others see while you type",

  "look.dark": "Dark",
  "look.light": "Light",
  "look.system": "As the system",
  "look.theme": "Colours",
  "look.title": "Appearance and language",

  "passphrase.again": "The same again",
  "passphrase.change": "Change passphrase",
  "passphrase.first": "Passphrase",
  "passphrase.hint": "Several words that you will remember are best.",
  "passphrase.lost":
    "If you forget it, what is on this device is lost. Nobody can reset it. Make a backup first.",
  "passphrase.new": "New passphrase",
  "passphrase.off": "Off",
  "passphrase.on": "On",
  "passphrase.remove": "Remove passphrase",
  "passphrase.removed": "The passphrase was removed.",
  "passphrase.saved": "The passphrase is set.",
  "passphrase.set": "Set passphrase",
  "passphrase.title": "Passphrase",
  "passphrase.uneven": "The two are not the same.",
  "passphrase.why":
    "Messages are encrypted on this device. With a passphrase, whoever takes the device cannot read them while Linnet is locked. You are asked for it whenever the page is opened.",

  "devices.link": "Link a device",
  "devices.note":
    "Every device of yours reads and writes everything. Remove those that you no longer have.",
  "devices.remove": "Remove {name}",
  "devices.remove.ask": "Remove {name}?",
  "devices.remove.do": "Remove device",
  "devices.remove.text":
    "It receives nothing any more, and your contacts see that it was removed. What is on it stays there.",
  "devices.since": "Since {date}",
  "devices.sub": "Link, list, remove",
  "devices.this": "This device",
  "devices.title": "Devices",
  "link.confirm": "“{device}” wants to join. Does it show this code?",
  "link.differ": "It shows another code",
  "link.done": "The device is linked. It has your conversations now.",
  "link.how": "Scan this with the new device, or open the link there.",
  "link.qr": "QR code for the new device",
  "link.same": "The codes are the same",
  "link.secret":
    "Show this to nobody: whoever has it could ask to become a device of yours.",
  "backup.copy": "Copy phrase",
  "backup.make": "Make a backup",
  "backup.phrase": "Recovery phrase",
  "backup.phrase.note":
    "Write it down now: it is shown only this once. Without it the file cannot be opened by anybody.",
  "backup.restore":
    "To restore, open Linnet in a browser without an account and choose “Restore from a backup”.",
  "backup.save": "Save the file ({size})",
  "backup.title": "Backup",
  "backup.why":
    "Everything on this device goes into one encrypted file. Keep it where you would find it after losing the device.",

  "connection.add": "Add a relay",
  "connection.add.do": "Add",
  "connection.add.hint": "A pass link from whoever runs it.",
  "connection.added": "The relay was added.",
  "connection.clock": "Clock",
  "connection.clock.off": "off by {span}",
  "connection.clock.right": "right",
  "connection.failed": "Not sent",
  "connection.messages": {
    one: "{count} message",
    other: "{count} messages",
  },
  "connection.mine": "Your inbox",
  "connection.note":
    "Relays carry your messages without being able to read them. The sentence says what was tried, and what comes next.",
  "connection.off": "Not connected",
  "connection.on": "Connected",
  "connection.queue": "Waiting to be sent",
  "connection.queued": {
    one: "Connected, {count} message waits",
    other: "Connected, {count} messages wait",
  },
  "connection.relays": "Relays",
  "connection.retry": "Try again now",
  "connection.room": "Room on this device",
  "connection.title": "Connection",
  "connection.waiting": "On this device",
  "relay.connected": "Connected",
  "relay.connecting": "Connecting…",
  "relay.conversations": {
    one: "{count} conversation",
    other: "{count} conversations",
  },
  "relay.off": "Not in use",
  "relay.queued": { one: "{count} waits", other: "{count} wait" },
  "relay.road": "by {road}",
  "relay.waiting": "Not reachable, will be tried again",

  "roads.add": "Link of a road",
  "roads.add.do": "Add this road",
  "roads.added": "The road was added.",
  "roads.from": "from {name}",
  "roads.insecure": "not used: this page takes only roads behind TLS",
  "roads.none": "None yet.",
  "roads.note":
    "Further ways to your relays, as somebody with a proxy gives them. They are used first; those that contacts shared come last, and only once you take them. All stay on this device, and no invite names them.",
  "roads.remove": "Remove the road by {host}",
  "roads.remove.ask": "Remove this road?",
  "roads.remove.do": "Remove",
  "roads.remove.text": "Linnet uses it no more. To add it again you need its link.",
  "roads.remove.given": "Linnet uses it no more. {name} can share it with you again.",
  "roads.take": "Use the road by {host}",
  "roads.take.ask": "Use this road from {name}?",
  "roads.take.do": "Use it",
  "roads.take.text":
    "Whoever runs {host}, and {name} if that is theirs, can see your address and when you come. What you write stays closed to them.",
  "roads.title": "Your own roads",
  "roads.to": "By {road} to relay {relay}",
  "roads.waits": "not used until you say so",

  "doctor.again":
    "Ask a contact, or whoever runs the relay, for a road through a proxy, and add it here.",
  "doctor.all": "Every road that was tried works; nothing is blocked here.",
  "doctor.busy":
    "Trying… It goes slowly, so that nobody who watches the line sees a storm of connections.",
  "doctor.cut": "Opens, and is cut after {size}: something on the way ends it.",
  "doctor.do": "Try every road",
  "doctor.door":
    "A website or something else answered there that is no door for Linnet; the link may be old.",
  "doctor.frozen":
    "Opens, and falls silent after {size}: connections are frozen here once they have carried a little.",
  "doctor.nobody":
    "Does not open: the relay is down there, or the address, its name or this kind of road is blocked here. A browser does not say which.",
  "doctor.none": "No road works here.",
  "doctor.none.away":
    "The relay is down, all its addresses are blocked, or you are offline.",
  "doctor.none.stopped":
    "The relay's addresses can be reached, but what is said there is blocked.",
  "doctor.note":
    "Tries every road that this page can take to your relays, one after another, and says what came of it. It can take minutes. It asks as a stranger and leaves nothing there.",
  "doctor.requests": "Requests pass where one lasting connection does not.",
  "doctor.road": "By {road} at {host}, relay {relay}",
  "doctor.slow": "Works, but slowly: {size} crossed in {seconds} seconds.",
  "doctor.some":
    "What works: {good}. What does not ({count} of {all} tries): {bad}. Linnet takes what works by itself; there is nothing to do.",
  "doctor.title": "What is blocked here",
  "doctor.turned": "Works: the relay itself answers, but opens no session now.",
  "doctor.unanswered":
    "Opens, but the relay is not heard: what is said is stopped on the way, or somebody else answers there.",
  "doctor.works": "Works: {size} crossed, there and back.",

  "about.code": "The code of this page",
  "about.code.note":
    "Compare this hash with the one that is published with the release. The same hash means the same program.",
  "about.copy": "Copy hash",
  "about.signed": "Signed by",
  "about.text":
    "Messages that only you and those you talk with can read. Free software, AGPL.",
  "about.title": "About Linnet",
  "about.unknown":
    "This page was loaded from the network and is not kept on this device yet.",
  "about.version": "Version",
  "erase.ask": "Erase this device?",
  "erase.do": "Erase now",
  "erase.others":
    "Your contacts and other devices are not told. If this was your only device and there is no backup, the account is gone for good.",
  "erase.sure": "I understand that this cannot be undone.",
  "erase.text":
    "Keys, messages and files are erased from this browser at once, keys first.",
  "erase.title": "Erase this device",
} as const;
