// The part of the HTTP interface about people and the audit, as functions.
import type {
  Account,
  AccountChange,
  AccountDraft,
  Agency,
  AuditDay,
  AuditRecord,
  Identity,
  SessionRow,
  Setup,
  Token,
  TokenDraft,
} from "./accounttypes";
import { get, getFile, getText, writeOnce } from "./api";

const id = encodeURIComponent;

export interface Credentials {
  account: string;
  password: string;
  code?: string;
}

export const accountApi = {
  session: (): Promise<Identity> => get("/session"),
  login: (who: Credentials): Promise<Identity> => writeOnce("POST", "/session", who),
  logout: (): Promise<unknown> => writeOnce("DELETE", "/session"),
  setup: (token: string, password: string): Promise<Identity> =>
    writeOnce("POST", "/setup", { token, password }),

  sessions: (): Promise<{ sessions: SessionRow[] }> => get("/sessions"),
  revokeSession: (session: string): Promise<unknown> =>
    writeOnce("DELETE", `/sessions/${id(session)}`),
  changePassword: (old: string, fresh: string): Promise<unknown> =>
    writeOnce("POST", "/password", { old, new: fresh }),
  startTotp: (password: string): Promise<{ secret: string; uri: string }> =>
    writeOnce("POST", "/totp", { password }),
  confirmTotp: (code: string): Promise<unknown> => writeOnce("POST", "/totp/confirm", { code }),
  removeTotp: (password: string): Promise<unknown> => writeOnce("DELETE", "/totp", { password }),

  tokens: (): Promise<{ tokens: Token[] }> => get("/tokens"),
  makeToken: (draft: TokenDraft): Promise<{ token: Token; secret: string }> =>
    writeOnce("POST", "/tokens", draft),
  revokeToken: (token: string): Promise<unknown> => writeOnce("DELETE", `/tokens/${id(token)}`),

  accounts: (): Promise<{ accounts: Account[] }> => get("/accounts"),
  addAccount: (draft: AccountDraft): Promise<{ account: Account; setup: Setup }> =>
    writeOnce("POST", "/accounts", draft),
  changeAccount: (account: string, change: AccountChange): Promise<{ account: Account }> =>
    writeOnce("PATCH", `/accounts/${id(account)}`, change),
  resetAccount: (account: string): Promise<{ setup: Setup }> =>
    writeOnce("POST", `/accounts/${id(account)}/reset`),
  agencies: (): Promise<{ agencies: Agency[] }> => get("/agencies"),
  addAgency: (agency: Agency): Promise<unknown> => writeOnce("POST", "/agencies", agency),

  audit: (from: string, to: string): Promise<{ days: AuditDay[] }> =>
    get(`/audit?from=${id(from)}&to=${id(to)}`),
  auditRecords: (
    day: string,
    role: string,
    kind: string,
  ): Promise<{ records: AuditRecord[]; checkpoint: string }> =>
    get(`/audit/records?day=${id(day)}&role=${id(role)}&kind=${id(kind)}`),
  checkpoint: (): Promise<string> => getText("/log/checkpoint"),
  logKey: (): Promise<string> => getText("/log/key"),
  proof: (seq: number) => getFile(`/log/proof?seq=${seq}`, `record-${seq}.tlog-proof`),
};
