// SPDX-License-Identifier: Apache-2.0
import { Anchor, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem, client, unwrap } from "../../api/client";
import { artifactsQuery } from "../../api/queries";
import type { Artifact, Progress } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { count, dateAndTime, size } from "../../lib/format";
import { ENDED } from "../../lib/tones";

/** Artifacts in the page; the command line lists the rest. */
const SHOWN = 20;

/** What is kept of an ended job beside its events: to download, or to remove. */
export function Artifacts({ id, progress }: { id: string; progress: Progress }) {
  const found = useQuery({ ...artifactsQuery(id), enabled: ENDED.has(progress.status) });
  const [asking, setAsking] = useState(false);
  if (!found.data?.length) return null;
  const there = found.data.filter((artifact) => !artifact.removed_at);
  const bytes = there.reduce((sum, artifact) => sum + artifact.size, 0);
  return (
    <Card withBorder padding="md" component="section" aria-label="Artifacts">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Artifacts{there.length > 0 && ` · ${size(bytes)}`}
        </Title>
        {there.length > 0 && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            Remove
          </Button>
        )}
      </Group>
      <Stack gap={4}>
        {found.data.slice(0, SHOWN).map((artifact) => (
          <Line key={artifact.id} artifact={artifact} />
        ))}
        {found.data.length > SHOWN && (
          <Text size="sm" className="quiet">
            and {found.data.length - SHOWN} more: opsc jobs artifacts {id.slice(-8)}
          </Text>
        )}
      </Stack>
      <Dialog opened={asking} onClose={() => setAsking(false)} title="Remove the artifacts of this job?">
        <Removal id={id} told={`${count(there.length, "artifact")}, ${size(bytes)}`} onDone={() => setAsking(false)} />
      </Dialog>
    </Card>
  );
}

function Line({ artifact }: { artifact: Artifact }) {
  const name =
    artifact.kind === "events"
      ? "Events as ansible-runner reported them"
      : `${artifact.place} of step ${artifact.step}`;
  const where = artifact.target ? ` on ${artifact.target}` : "";
  return (
    <Text size="sm">
      {artifact.removed_at ? (
        <span className="quiet">
          {name}
          {where}: removed on {dateAndTime(artifact.removed_at)} by {artifact.removed_by}
        </span>
      ) : (
        <ArtifactLink artifact={artifact}>
          {name}
          {where}
        </ArtifactLink>
      )}{" "}
      <span className="quiet">({size(artifact.size)})</span>
    </Text>
  );
}

/** Saves the whole content. */
export function ArtifactLink({ artifact, children }: { artifact: Artifact; children: React.ReactNode }) {
  return (
    <Anchor href={`/api/jobs/${artifact.job_id}/artifacts/${artifact.id}`} download inherit underline="always">
      {children}
    </Anchor>
  );
}

function Removal({ id, told, onDone }: { id: string; told: string; onDone: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(client.DELETE("/api/jobs/{job_id}/artifacts", { params: { path: { job_id: id } } })),
    onSuccess: (done) => {
      queries.invalidateQueries({ queryKey: ["artifacts", id] });
      const rest = done.kept ? `; ${done.kept} came only lately and stay for ten minutes` : "";
      notifications.show({ color: "teal", title: "Removed", message: `${count(done.artifacts, "artifact")}${rest}` });
      onDone();
    },
    onError: (error) => {
      const { detail, remedy } = asProblem(error);
      notifications.show({ color: "red", title: detail, message: remedy ?? "" });
    },
  });
  return (
    <Stack>
      <Text size="sm">
        {told} and the supervisors' logs are removed for good. The job's events, results and audit entries stay, and so
        does this list with the SHA-256 of each, who removed it and when.
      </Text>
      <Group justify="end">
        <Button variant="default" onClick={onDone}>
          Keep them
        </Button>
        <Button color="var(--mantine-color-red-8)" loading={remove.isPending} onClick={() => remove.mutate()}>
          Remove
        </Button>
      </Group>
    </Stack>
  );
}
