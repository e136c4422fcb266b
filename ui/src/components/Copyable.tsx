// SPDX-License-Identifier: Apache-2.0
import { CopyButton, Tooltip, UnstyledButton } from "@mantine/core";

/** A long identifier: its first characters shown, all of it copied on a click. */
export function Copyable({ name, value, shown = 12 }: { name: string; value: string; shown?: number }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : `Copy the whole ${name}`}>
          <UnstyledButton className="mono" fz="sm" onClick={copy} aria-label={`Copy the ${name} ${value}`}>
            {value.slice(0, shown)}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}
