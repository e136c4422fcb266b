// SPDX-License-Identifier: Apache-2.0
import { Anchor, Button, Card, FileButton, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { client, unwrap } from "../../api/client";
import { runbooksQuery } from "../../api/queries";
import { ProblemAlert } from "../../components/ProblemAlert";
import { ago, dateAndTime } from "../../lib/format";

/** All runbooks; one that was shared as a file can be added. */
export function RunbooksPage() {
  useDocumentTitle("Runbooks · OpsConductor");
  const runbooks = useQuery(runbooksQuery);
  const items = runbooks.data?.items ?? [];
  return (
    <Stack maw="64rem" mx="auto">
      <Group justify="space-between" align="start">
        <div>
          <Title order={1} size="h3">
            Runbooks
          </Title>
          <Text className="quiet" size="sm">
            Saved plans with parameters. Each use is a new plan with its own approval.
          </Text>
        </div>
        <Import />
      </Group>
      {runbooks.isPending && <Skeleton height={160} aria-label="Loading" />}
      {runbooks.isError && <ProblemAlert error={runbooks.error} retry={() => runbooks.refetch()} />}
      {runbooks.isSuccess && items.length === 0 && (
        <Card withBorder padding="lg">
          <Text className="quiet" ta="center">
            None yet. Open a plan and save it as a runbook.
          </Text>
        </Card>
      )}
      {items.length > 0 && (
        <Card withBorder padding="md">
          <Table.ScrollContainer minWidth={480}>
            <Table aria-label="Runbooks">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Parameters</Table.Th>
                  <Table.Th>Version</Table.Th>
                  <Table.Th>Saved</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map(({ document, version, actor, created_at }) => (
                  <Table.Tr key={document.name}>
                    <Table.Td>
                      <Anchor component={Link} to={`/runbooks/${encodeURIComponent(document.name)}`} underline="always">
                        {document.name}
                      </Anchor>
                      <Text size="sm" className="quiet">
                        {document.description}
                      </Text>
                    </Table.Td>
                    <Table.Td>{Object.keys(document.parameters).join(", ") || "none"}</Table.Td>
                    <Table.Td>{version}</Table.Td>
                    <Table.Td title={dateAndTime(created_at)}>
                      {ago(created_at)} by {actor}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      )}
    </Stack>
  );
}

function Import() {
  const navigate = useNavigate();
  const add = useMutation({
    mutationFn: async (file: File) =>
      unwrap(client.POST("/api/runbooks/import", { body: { text: await file.text() } })),
    onSuccess: (runbook) => navigate({ to: "/runbooks/$name", params: { name: runbook.document.name } }),
  });
  return (
    <Stack gap="xs" align="end">
      <FileButton
        onChange={(file) => file && add.mutate(file)}
        accept=".yml,.yaml,.json"
        inputProps={{ "aria-label": "Choose a runbook file" }}
      >
        {(props) => (
          <Button
            {...props}
            variant="default"
            loading={add.isPending}
            leftSection={<IconUpload size={16} aria-hidden />}
          >
            Import a file
          </Button>
        )}
      </FileButton>
      {add.isError && <ProblemAlert error={add.error} />}
    </Stack>
  );
}
