// SPDX-License-Identifier: Apache-2.0
import { VisuallyHidden } from "@mantine/core";
import { ProblemAlert } from "./ProblemAlert";

/** A page that cannot be shown: what is wrong instead of it. */
export function ProblemPage({ title, error, retry }: { title: string; error: unknown; retry?: () => void }) {
  return (
    <>
      <VisuallyHidden component="h1">{title}</VisuallyHidden>
      <ProblemAlert error={error} {...(retry && { retry })} />
    </>
  );
}
