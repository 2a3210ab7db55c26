/** A QR code as one path of an SVG, always dark on light. */

import encode from "qr";

const QUIET = 4;

export function Qr({ text, label }: { text: string; label: string }) {
  const rows = encode(text, "raw", { ecc: "low", border: QUIET });
  const size = rows.length;
  const path = rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
