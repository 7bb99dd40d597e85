/** Search as you type among the records of the account. */
import { api } from "../api";
import type { Kind, Page, RecordOf } from "../model";
import { Picker } from "./Picker";

interface RecordPickerProps {
  label: string;
  placeholder?: string;
  kind?: Kind;
  id?: string;
  onPick: (record: RecordOf) => void;
}

export function RecordPicker({ label, placeholder = "Search records …", kind, id, onPick }: RecordPickerProps) {
  const search = async (q: string, signal: AbortSignal) =>
    (await api.get<Page<RecordOf>>("/records", { q, kind, limit: 12 }, { signal })).data;
  return (
    <Picker<RecordOf>
      id={id}
      label={label}
      placeholder={placeholder}
      search={search}
      keyOf={(record) => `${record.kind}:${record.id}`}
      show={(record) => (
        <>
          <span class="picker-name">{record.name}</span>
          <span class="picker-kind">{record.kind}</span>
        </>
      )}
      onPick={onPick}
    />
  );
}
