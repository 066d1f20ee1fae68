// Processes that find each other by names: with a resolv.conf, hosts and nsswitch.conf of their own.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const domain = "confab.svc.lab";

/** As in a pod: a name without a dot is looked for in the domains first. */
const files = (nameserver) => ({
  "resolv.conf": `nameserver ${nameserver}\nsearch ${domain} svc.lab lab\noptions ndots:5\n`,
  hosts: "127.0.0.1 localhost\n",
  "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
});

const script = 'for file in "$0"/*; do mount --bind "$file" "/etc/${file##*/}"; done; exec "$@"';

/** What goes before a command so that it asks that name server; the files are in `folder`. */
export function askingOnly(nameserver, folder) {
  const etc = join(folder, "etc");
  mkdirSync(etc, { recursive: true });
  for (const [name, text] of Object.entries(files(nameserver))) writeFileSync(join(etc, name), text);
  return ["unshare", "--mount", "--", "sh", "-c", script, etc];
}

/** Why this machine cannot do it, or null. */
export function cannotName() {
  if (process.getuid() !== 0) return "needs root, for a mount namespace and port 53";
  try {
    execFileSync("unshare", ["--mount", "--", "mount", "--bind", "/etc/hosts", "/etc/resolv.conf"], { stdio: "pipe" });
    return null;
  } catch (error) {
    return `there are no mount namespaces here: ${String(error.stderr).trim() || error.message}`;
  }
}
