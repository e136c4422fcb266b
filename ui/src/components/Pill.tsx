// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import type { Tone } from "../lib/tones";

type Props = { tone: Tone; glyph?: string; children: ReactNode; title?: string; live?: boolean };

/** A state: glyph and word in the state's colour. */
export function Pill({ tone, glyph, children, title, live }: Props) {
  return (
    <span className={`pill tone-${tone}`} title={title}>
      {glyph && (
        <span aria-hidden className={live ? "pulse" : ""}>
          {glyph}
        </span>
      )}
      {children}
    </span>
  );
}
