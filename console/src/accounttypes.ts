// The shapes of the HTTP interface about people and the audit (docs/openapi.yaml).

export const permissions = [
  "self",
  "map",
  "read",
  "call",
  "note",
  "dispatch",
  "crew",
  "positions",
  "intake",
  "alerts",
  "exchange",
  "supervise",
  "train",
  "laboratory",
  "audit",
  "metrics",
  "admin",
] as const;
export type Permission = (typeof permissions)[number];

export const roles = [
  "call-taker",
  "dispatcher",
  "crew",
  "supervisor",
  "trainer",
  "laboratory",
  "auditor",
  "admin",
  "partner",
] as const;

export const scopes = [
  "read",
  "write",
  "positions",
  "intake",
  "alerts",
  "exchange",
  "metrics",
  "admin",
] as const;

/** Who the server takes us for. */
export interface Identity {
  seq: number;
  account: string;
  role: string;
  agency: string | null;
  unit: string | null;
  session: string;
  demo: boolean;
  factor: string;
  totp: boolean;
  may: Permission[];
}

export interface SessionRow {
  session: string;
  account: string;
  opened: string;
  seen: string;
  factor: string;
  current: boolean;
}

export interface Account {
  account: string;
  role: string;
  agency?: string | null;
  unit?: string | null;
  disabled: boolean;
  seen?: string | null;
  password: boolean;
  totp: boolean;
}

export interface AccountDraft {
  account: string;
  role: string;
  agency?: string;
  unit?: string;
}

/** Agency or unit "-": none any more. */
export interface AccountChange {
  role?: string;
  agency?: string;
  unit?: string;
  disabled?: boolean;
}

/** A one-time link, as the path behind the server's own address. */
export interface Setup {
  token: string;
  path: string;
  expires: string;
}

export interface Token {
  token: string;
  account: string;
  label: string;
  scopes: string[];
  made: string;
  expires: string | null;
}

export interface TokenDraft {
  label: string;
  scopes: string[];
  expires_days?: number;
}

export interface Agency {
  agency: string;
  label: string;
}

export interface AuditCount {
  role: string;
  kind: string;
  n: number;
}

export interface AuditDay {
  day: string;
  first: number;
  last: number;
  counts: AuditCount[];
}

export interface AuditRecord {
  seq: number;
  leaf: string;
  time: string;
}
