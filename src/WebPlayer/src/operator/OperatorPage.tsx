import type { ComponentType } from 'preact';
import type { PageProps } from '../app/routes';
import { PageBody } from '../app/ui/PageBody';
import { Corrections } from './Corrections';
import { Disputes } from './Disputes';
import { Payouts } from './Payouts';
import { People } from './People';
import { Reconciliation } from './Reconciliation';
import { Refunds } from './Refunds';
import './operator.css';

interface Section {
  readonly name: string;
  readonly title: string;
  readonly Content: ComponentType;
}

const sections: readonly [Section, ...Section[]] = [
  { name: 'disputes', title: 'Disputes', Content: Disputes },
  { name: 'payouts', title: 'Payouts', Content: Payouts },
  { name: 'refunds', title: 'Refunds', Content: Refunds },
  { name: 'reconciliation', title: 'Reconciliation', Content: Reconciliation },
  { name: 'corrections', title: 'Corrections', Content: Corrections },
  { name: 'people', title: 'People', Content: People },
];

/** The money desk: what only an operator may see and decide. */
export function OperatorPage({ params }: PageProps) {
  const here = sections.find(({ name }) => name === params.section) ?? sections[0];
  return (
    <PageBody title="Money desk" intro="What only the platform itself may decide about payments." width="wide">
      <nav class="desk-nav" aria-label="Money desk">
        {sections.map(({ name, title }) => (
          <a key={name} href={`/operator/${name}`} aria-current={name === here.name ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <here.Content key={here.name} />
    </PageBody>
  );
}
