/** Line drawings that no first screen has; `icon.tsx` fetches them with the first of them. */

export const LATER = {
  plus: "M12 5v14M5 12h14",
  play: "M8 5l11 7-11 7V5z",
  pause: "M8.5 5v14M15.5 5v14",
  download: "M12 4v11m-5-4.5l5 5 5-5M5 20h14",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 13h8.4L17 7M10.5 11v5M13.5 11v5",
  bell: "M6 16.5V11a6 6 0 0112 0v5.5l1.5 1.5h-15L6 16.5zM10 20.5h4",
  block: "M12 4a8 8 0 110 16 8 8 0 010-16zM6.5 6.5l11 11",
  timer: "M12 6a7 7 0 110 14 7 7 0 010-14zm0 3.5V13M9.5 3.5h5",
  share: "M12 15V4m-4 3.5L12 3.5l4 4M6 11.5v8.5h12v-8.5",
  file: "M6.5 3.5H14l4.5 4.5v12.5h-12zM13.5 4v4.5H18",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9v.01",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10a3.2 3.2 0 110 6.4 3.2 3.2 0 010-6.4z",
  settings:
    "M12 9a3 3 0 110 6 3 3 0 010-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M5.6 18.4l2.2-2.2M16.2 7.8l2.2-2.2",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
  sun: "M12 8a4 4 0 110 8 4 4 0 010-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.7 5.7l1.4 1.4M16.9 16.9l1.4 1.4M5.7 18.3l1.4-1.4M16.9 7.1l1.4-1.4",
  stop: "M7 7h10v10H7z",
  retry: "M19 12a7 7 0 11-2-5l2 2M19 4.5V9h-4.5",
  leave: "M13 4H5v16h8M10 12h10m-4-4l4 4-4 4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 110 5 2.5 2.5 0 010-5z",
} as const;
