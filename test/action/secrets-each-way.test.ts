import { createAuthority } from '../../simulator/wire/tls.ts';
import { both, FOR_GOOD, PROMOTED, type Row, testRows } from './secret-rows.ts';

/**
 * What goes well and wrong with every way in, without a secret that is shown. Every other step is one on GitHub: so
 * each way and each row are tried on GitHub and elsewhere.
 */

const other = await createAuthority('other');
const WAYS = ['certificate', 'jwt', 'ntlm', 'header'] as const;

const rowsOf = (way: (typeof WAYS)[number]): Row[] => [
  { name: `${way}, all well`, ways: both(way), says: PROMOTED },
  { name: `${way}, a reload`, ways: both(way), reload: true, says: /Nightly/ },
  {
    name: `${way}, a site that says no`,
    ways: both(way),
    prepare: set => set.test.faults.add({ path: /publish/, times: FOR_GOOD, fault: { status: 403 } }),
    says: /refused to publish/,
  },
  {
    name: `${way}, an answer that is not JSON`,
    ways: both(way),
    prepare: set =>
      set.dev.faults.add({
        path: /qrs\/app/,
        times: FOR_GOOD,
        fault: { answer: 'Starting', contentType: 'text/plain' },
      }),
    says: /not JSON/,
  },
  {
    name: `${way}, another authority`,
    ways: both(way),
    env: () => ({ DEV_CA: other.certificatePem }),
    says: /not signed by the given ca/,
  },
  {
    name: `${way}, misspelt beside it`,
    ways: both(way),
    lines: { dev: '  pasphrase: MARKED-PASSPHRASE\n' },
    says: /unknown key "pasphrase"/,
  },
  {
    name: `${way}, two kinds at once`,
    ways: both(way),
    lines: { dev: '  pfx: MARKED-PASSPHRASE\n' },
    says: /several kinds of credentials/,
  },
];

testRows(
  WAYS.flatMap((way, first) =>
    rowsOf(way).map((row, index) => ({ ...row, onGitHub: (first + index) % 2 === 0 })),
  ),
);
