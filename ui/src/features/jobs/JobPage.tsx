// SPDX-License-Identifier: Apache-2.0
import { Card, Center, Grid, Loader, Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useState } from "react";
import { ProblemPage } from "../../components/ProblemPage";
import { JOB } from "../../lib/tones";
import { Answers } from "./Answers";
import { Artifacts } from "./Artifacts";
import { Bars } from "./Bars";
import { CellDrawer } from "./CellDrawer";
import { Chain } from "./Chain";
import { Failures } from "./Failures";
import { JobHeader } from "./JobHeader";
import { LogView } from "./LogView";
import { Matrix } from "./Matrix";
import { Steps } from "./Steps";
import { Stuck } from "./Stuck";
import { useJob } from "./useJob";

export type Place = { step: number; target: number };

/** A job, live: where it stands, each step, each target, and what is told. */
export function JobPage({ id }: { id: string }) {
  const { store, error, restart } = useJob(id);
  const [place, setPlace] = useState<Place | null>(null);
  const { progress } = store;
  useDocumentTitle(progress ? `${JOB[progress.status].glyph} ${progress.title} · OpsConductor` : "Job · OpsConductor");
  if (error) return <ProblemPage title="Job" error={error} />;
  if (!progress) {
    return (
      <Center py={80}>
        <Loader aria-label="Loading the job" />
      </Center>
    );
  }
  return (
    <Stack gap="md">
      <Card withBorder padding="lg">
        <Stack gap="lg">
          <JobHeader id={id} progress={progress} link={store.link} onReopened={restart} />
          <Bars progress={progress} />
        </Stack>
      </Card>
      <Chain id={id} status={progress.status} />
      <Grid gap="md" align="stretch">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Steps progress={progress} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <LogView lines={store.lines} ended={store.link === "ended"} />
        </Grid.Col>
      </Grid>
      <Answers id={id} progress={progress} />
      <Stuck progress={progress} onOpen={setPlace} />
      <Failures id={id} progress={progress} onOpen={setPlace} />
      <Matrix store={store} onOpen={setPlace} />
      <Artifacts id={id} progress={progress} />
      <CellDrawer job={id} store={store} place={place} onClose={() => setPlace(null)} />
    </Stack>
  );
}
