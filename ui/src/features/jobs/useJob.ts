// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState, useSyncExternalStore } from "react";
import { JobSocket } from "./socket";
import { JobStore } from "./store";

/** The live store of a job and why it cannot be followed, if so; `restart` follows a job that has ended once more. */
export function useJob(id: string) {
  const [store] = useState(() => new JobStore());
  const [error, setError] = useState<Error | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a job that goes on is followed anew
  useEffect(() => {
    store.setLink("connecting");
    const socket = new JobSocket(id, store, setError);
    return () => socket.close();
  }, [id, store, round]);
  useSyncExternalStore(store.subscribe, () => store.version);
  return { store, error, restart: () => setRound((before) => before + 1) };
}
