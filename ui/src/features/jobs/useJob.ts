// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState, useSyncExternalStore } from "react";
import { JobSocket } from "./socket";
import { JobStore } from "./store";

/** The live store of a job and why it cannot be followed, if so. */
export function useJob(id: string) {
  const [store] = useState(() => new JobStore());
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const socket = new JobSocket(id, store, setError);
    return () => socket.close();
  }, [id, store]);
  useSyncExternalStore(store.subscribe, () => store.version);
  return { store, error };
}
