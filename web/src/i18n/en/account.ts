/** Beginning, settings, devices, connection, and what is wrong. */

export const account = {
  "welcome.begin": "Start talking",
  "welcome.device": "Link to my other device",
  "welcome.device.begin": "Link this device",
  "welcome.device.default": "Browser",
  "welcome.device.how":
    "On the device that has your account, open Settings, Devices, “Link a device”, and scan or copy what it shows.",
  "welcome.device.link": "Link from the other device",
  "welcome.device.name": "Name of this device",
  "welcome.invited": "Somebody invited you to talk. Choose a name, and you can answer.",
  "welcome.lead":
    "Private messages. No phone number, no e-mail, no account with anybody.",
  "welcome.link": "Pass or invite link",
  "welcome.name": "Your name",
  "welcome.name.hint": "As others will see it. It can be changed later.",
  "welcome.pass": "I have a pass or an invite link",
  "welcome.passphrase":
    "Your other device’s passphrase does not come along: this device opens without one until you set its own, in Settings.",
  "welcome.restore": "Restore from a backup",
  "welcome.restore.begin": "Restore",
  "welcome.restore.file": "Choose the backup file",
  "welcome.restore.how":
    "Everything that was in the backup comes back. The device it was made on should not be used any more.",
  "welcome.restore.phrase": "Recovery phrase",

  "lock.forgot":
    "Without the passphrase nobody can open what is here, not even those who made Linnet.",
  "lock.now": "Lock now",
  "lock.open": "Unlock",
  "lock.passphrase": "Passphrase",
  "lock.title": "Locked",
  "field.show": "Show what is typed",

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
  "privacy.readReceipts": "Read receipts",
  "privacy.readReceipts.sub": "Others see that you have read a message",
  "privacy.sub": "Receipts, typing, notifications",
  "privacy.title": "Privacy",
  "privacy.typing": "Typing",
  "privacy.typing.sub": "Others see while you type",

  "look.dark": "Dark",
  "look.language": "Language",
  "look.language.system": "As the browser",
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
  "link.compare": "Compare this code with the one on your other device.",
  "link.confirm": "“{device}” wants to join. Does it show this code?",
  "link.differ": "It shows another code",
  "link.done": "The device is linked. It has your conversations now.",
  "link.failed": "Linking has failed. Nothing was changed; try again.",
  "link.how": "Scan this with the new device, or open the link there.",
  "link.moving": "History that has been transferred",
  "link.qr": "QR code for the new device",
  "link.same": "The codes are the same",
  "link.secret":
    "Show this to nobody: whoever has it could ask to become a device of yours.",
  "link.waiting": "Waiting for the other device…",

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

  "about.code": "The code of this page",
  "about.code.note":
    "Compare this hash with the one that is published with the release. The same hash means the same program.",
  "about.copy": "Copy hash",
  "about.refused":
    "A relay offered a new version that is not signed by those who made this one. It was refused; you keep what you have.",
  "about.script":
    "The browser was given other code for this page that is not signed by those who made it. It was put out of use. Do not reload this page before you know why; save a backup.",
  "about.signed": "Signed by",
  "about.text":
    "Messages that only you and those you talk with can read. Free software, AGPL.",
  "about.title": "About Linnet",
  "about.unknown":
    "This page was loaded from the network and is not kept on this device yet.",
  "about.version": "Version",
  "update.do": "Use it now",
  "update.text": "It is here already. The page opens anew; nothing is lost.",
  "update.title": "A new version is ready",

  "erase.ask": "Erase this device?",
  "erase.do": "Erase now",
  "erase.others":
    "Your contacts and other devices are not told. If this was your only device and there is no backup, the account is gone for good.",
  "erase.sure": "I understand that this cannot be undone.",
  "erase.text":
    "Keys, messages and files are erased from this browser at once, keys first.",
  "erase.title": "Erase this device",

  "banner.clock":
    "This device’s clock is off by {span}. Times are wrong until you set it right.",
  "banner.connecting": "Connecting…",
  "banner.cutoff":
    "This device was removed from your account. What is here stays readable; nothing new arrives.",
  "banner.failed": {
    one: "{count} message could not be sent",
    other: "{count} messages could not be sent",
  },
  "banner.offline":
    "Not connected. You can read and write; it is sent by itself later.",
  "banner.offline.queued":
    "Not connected. What you wrote is kept here and is sent by itself later.",
  "banner.room":
    "The storage of this browser is nearly full. Delete chats you no longer need, or free space on the device.",
  "unusable.text":
    "This browser gives the page no storage, or what was stored is damaged. In a private window, use a normal one. Nothing was sent.",
  "unusable.title": "Linnet cannot run here",
  "toasts.label": "Messages of the app",
  "error.unknown": "Something went wrong in this page. Nothing was lost; try again.",
  copied: "Copied",
  "copied.not":
    "The browser does not allow copying here. Select the text and copy it yourself.",
} as const;
