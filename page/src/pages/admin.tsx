/** What is kept about people, programs and the account. Whoever may not use a part does not see it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AccountSettings } from "../admin/AccountSettings";
import { Audit } from "../admin/Audit";
import { Calls } from "../admin/Calls";
import { Integrated } from "../admin/Integrated";
import { Jobs } from "../admin/Jobs";
import { Moving } from "../admin/Moving";
import { Tokens } from "../admin/Tokens";
import { Types } from "../admin/Types";
import { Users } from "../admin/Users";
import { Webhooks } from "../admin/Webhooks";
import { You } from "../admin/You";
import { session } from "../api";
import { useArrival } from "../arrival";
import { Empty } from "../components/States";
import { isAdmin } from "../session";
import "../styles/parts.css";
import "../styles/pages.css";

interface Section {
  key: string;
  label: string;
  may: () => boolean;
  show: () => ComponentChildren;
}

const everybody = () => true;
const administers = () => session.value?.scopes.includes("admin") ?? false;

const SECTIONS: readonly Section[] = [
  { key: "you", label: "You", may: everybody, show: () => <You /> },
  { key: "tokens", label: "Tokens", may: administers, show: () => <Tokens /> },
  { key: "webhooks", label: "Webhooks", may: administers, show: () => <Webhooks /> },
  { key: "calls", label: "API calls", may: administers, show: () => <Calls /> },
  { key: "v1", label: "Pipedrive v1", may: administers, show: () => <Moving /> },
  { key: "users", label: "Users", may: isAdmin, show: () => <Users /> },
  { key: "integrated", label: "Integrated accounts", may: isAdmin, show: () => <Integrated /> },
  { key: "jobs", label: "Jobs", may: isAdmin, show: () => <Jobs /> },
  { key: "audit", label: "Audit", may: isAdmin, show: () => <Audit /> },
  { key: "types", label: "Types", may: isAdmin, show: () => <Types /> },
  { key: "settings", label: "Settings", may: isAdmin, show: () => <AccountSettings /> },
];

/** `section` is the part of the address after /app/admin. */
export function AdminPage({ section }: { section?: string }) {
  const offered = SECTIONS.filter((one) => one.may());
  useArrival(isAdmin() ? "Admin" : "Your settings");
  const here = section ? offered.find((one) => one.key === section) : offered[0];
  const sections = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone they stand in one line, of which only a part is seen.
    sections.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here?.key]);
  return (
    <div class="reading admin-page">
      <h1>{isAdmin() ? "Admin" : "Your settings"}</h1>
      <div class="admin">
        <nav class="sections" aria-label="Sections" ref={sections}>
          {offered.map((one) => (
            <a key={one.key} href={`/app/admin/${one.key}`} aria-current={one === here ? "page" : undefined}>
              {one.label}
            </a>
          ))}
        </nav>
        <div class="section" key={here?.key}>
          {here ? here.show() : <Empty title="There is no such section" />}
        </div>
      </div>
    </div>
  );
}
