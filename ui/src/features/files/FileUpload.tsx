// SPDX-License-Identifier: Apache-2.0
import { Button, FileButton, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { client, unwrap } from "../../api/client";
import { ProblemAlert } from "../../components/ProblemAlert";

/** Puts a file into the file library and hands over its name there. */
export function FileUpload({ onUploaded }: { onUploaded: (name: string) => void }) {
  const upload = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return unwrap(client.POST("/api/files", { body: { file: "" }, bodySerializer: () => form }));
    },
    onSuccess: (file) => onUploaded(file.name),
  });
  return (
    <>
      <FileButton onChange={(file) => file && upload.mutate(file)} inputProps={{ "aria-label": "Choose a file" }}>
        {(props) => (
          <Button
            {...props}
            variant="default"
            loading={upload.isPending}
            leftSection={<IconUpload size={16} aria-hidden />}
          >
            Upload a file
          </Button>
        )}
      </FileButton>
      {upload.isSuccess && (
        <Text size="sm" className="toned tone-good" role="status">
          {upload.data.name} version {upload.data.version}, SHA-256 {upload.data.sha256.slice(0, 12)}…
        </Text>
      )}
      {upload.isError && <ProblemAlert error={upload.error} />}
    </>
  );
}
