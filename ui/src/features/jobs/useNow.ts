// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";

/** Milliseconds of the clock, moving each second while `ticking`. */
export function useNow(ticking: boolean) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
