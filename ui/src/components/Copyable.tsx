// SPDX-License-Identifier: Apache-2.0
import { CopyButton, Tooltip, UnstyledButton } from "@mantine/core";

type Props = { name: string; value: string; shown?: number; end?: boolean };

/** A long identifier: its first characters shown, or its last ones, all of it copied on a click. */
export function Copyable({ name, value, shown = 12, end = false }: Props) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : `Copy the whole ${name}`}>
          <UnstyledButton className="mono" fz="sm" onClick={copy} aria-label={`Copy the ${name} ${value}`}>
            {end ? value.slice(-shown) : value.slice(0, shown)}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}
