/** A process that submits one task: `submit.ts DATABASE_URL TEMPORAL_ADDRESS`. Says on its channel when it is acknowledged. */

import { Connection } from '@temporalio/client';
import { createClient } from '../../../client';
import { WORK } from '../../support/scenario';

const [databaseUrl = '', address = ''] = process.argv.slice(2);
const client = createClient({ databaseUrl, connection: Connection.lazy({ address }) });
client.submit(WORK).then((submitted) => process.send?.(submitted));
