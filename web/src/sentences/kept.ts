/** What this device keeps and how one comes to an account, in English. */
export const kept = {
  "account here": "There is an account on this device already.",
  "no account": "There is no account on this device yet.",
  locked: "Linnet is locked; enter the passphrase first.",
  "no passphrase": "Set a passphrase first; without one nothing is locked.",
  "passphrase needed": "This account is opened with a passphrase.",
  "passphrase wrong": "The passphrase is wrong; nothing was changed.",
  "pass needed":
    "The relay of this page is not open to all, or cannot be reached now; you need a pass link from whoever runs it.",
  "link none": "There is no link; make another one.",
  "code early": "There is no code to compare yet; wait for the new device.",
  "code differs":
    "The codes differ: somebody else may have seen the link. Nothing was given.",
  "link used":
    "The link was used already, by this device or by another one. Make a new link; if it was not you, nothing was given away.",
  "link lost": "The connection was lost; make a new link.",
  "link late": "The link was not used in time; make a new one.",
  "link changed":
    "What came by the link does not open; somebody may have changed it. Make a new link.",
  "link stopped": "Linking was stopped; make another link to try again.",
  "link damaged": "The link is damaged: part of it is missing or changed.",
  "link newer": "The link was made by a newer version of Linnet.",
  "link not pass": "This is a link of another kind; a relay's pass is needed here.",
  "link not invite":
    "This is a link of another kind; a person's invite is needed here.",
  "link not road":
    "This is a link of another kind; a road, as a proxy gives it, is needed here.",
  "link not device":
    "This is a link of another kind; the link that your other device shows is needed here.",
  "no link": "This is not a Linnet link; one begins with 'linnet:'.",
  "backup terminal":
    "This backup was made by an older terminal client; restore it there, and write a new one or link this device.",
  "backup none": "This file is no backup of Linnet.",
  "backup damaged": "This backup is damaged; nothing was restored.",
  "phrase short": "A recovery phrase has 8 groups of 4 characters.",
  "phrase slip": "The recovery phrase has a slip in it; compare it again.",
  "phrase wrong": "The recovery phrase is not that of this backup.",
  "file part missing": "Part of the file is missing here; fetch it again.",
  "file gone": "The file that was to be sent is not here any more.",
  "part away":
    "A part of Linnet could not be fetched; nothing was changed. Load the page anew when you are connected, and try again.",
  "store empty": "The store holds no account.",
  "store damaged":
    "The store on this device is damaged; nothing was changed. Restore the account from a backup or another device.",
  "key damaged":
    "What opens this account is damaged; nothing was changed. Restore the account from a backup or another device.",
  "store newer":
    "This account was used with a newer Linnet; load the page anew to update.",
  "store older tab":
    "Another tab holds an older version of Linnet; close it and try again.",
  "store closed":
    "The browser closed Linnet's storage; nothing was changed. Load the page anew.",
  "store failed": "The store failed ({name}); nothing was changed.",
  "store full":
    "There is no room left for Linnet on this device: the last change was not made, what was there is safe. Free some space and try again.",
  "store none":
    "This browser lets the page store nothing, so Linnet cannot keep keys or messages. Leave private browsing, or allow this page to store data.",
} as const;
