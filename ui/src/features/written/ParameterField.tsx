// SPDX-License-Identifier: Apache-2.0
import { Autocomplete, Group, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { filesQuery } from "../../api/queries";
import { FileUpload } from "../files/FileUpload";
import { asText } from "./document";

type Props = {
  name: string;
  type: string;
  description: string;
  required: boolean;
  fallback: unknown;
  choices: readonly string[];
  value: unknown;
  onChange: (value: unknown) => void;
};

/** One typed value: a list for choices, the file library for files, a text for all else. */
export function ParameterField({ name, type, description, required, fallback, choices, value, onChange }: Props) {
  const text = asText(value, type);
  const placeholder = fallback === null || fallback === undefined ? "" : asText(fallback, type);
  const shared = { label: name, description, placeholder, withAsterisk: required };
  if (type === "choice" || type === "boolean") {
    return (
      <Select
        {...shared}
        data={type === "boolean" ? ["yes", "no"] : [...choices]}
        value={text || null}
        onChange={(chosen) => onChange(chosen ?? "")}
        clearable
      />
    );
  }
  if (type === "file" || type === "script") return <FileField {...shared} text={text} onChange={onChange} />;
  return <TextInput {...shared} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
}

type FileProps = {
  label: string;
  description: string;
  placeholder: string;
  withAsterisk: boolean;
  text: string;
  onChange: (value: string) => void;
};

function FileField({ text, onChange, ...shared }: FileProps) {
  const files = useQuery(filesQuery);
  const names = files.data?.items.map((file) => file.name) ?? [];
  return (
    <Group gap="xs" align="end">
      <Autocomplete {...shared} flex={1} miw="12rem" data={names} limit={20} value={text} onChange={onChange} />
      <FileUpload onUploaded={onChange} />
    </Group>
  );
}
