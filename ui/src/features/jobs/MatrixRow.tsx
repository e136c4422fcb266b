// SPDX-License-Identifier: Apache-2.0
import { memo, useSyncExternalStore } from "react";
import { resultLook } from "../../lib/tones";
import type { Place } from "./JobPage";
import classes from "./jobs.module.css";
import type { JobStore } from "./store";

type Props = {
  store: JobStore;
  target: number;
  index: number;
  top: number;
  columns: string;
  onOpen: (place: Place) => void;
};

/** One target; renders again only when one of its own cells changes. */
export const MatrixRow = memo(function MatrixRow({ store, target, index, top, columns, onOpen }: Props) {
  useSyncExternalStore(store.subscribe, () => store.row(target));
  const name = store.progress?.targets[target] ?? "";
  const steps = store.progress?.steps ?? [];
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      style={{ gridTemplateColumns: columns, transform: `translateY(${top}px)` }}
    >
      <span role="rowheader" className={classes.name} title={name}>
        {name}
      </span>
      {steps.map(({ n, title }) => {
        const status = store.cell(n, target);
        const { glyph, tone, word } = resultLook(status, store.progress?.dry_run ?? false);
        return (
          <span role="cell" key={n} className={classes.cellBox}>
            <button
              type="button"
              className={`${classes.cell} tone-${tone}`}
              data-status={status}
              aria-label={`${name}, step ${n} ${title}: ${word}`}
              onClick={() => onOpen({ step: n, target })}
            >
              {glyph}
            </button>
          </span>
        );
      })}
    </div>
  );
});
