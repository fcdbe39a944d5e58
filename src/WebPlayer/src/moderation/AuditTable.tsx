import { capitalised, dateTime } from '../app/ui/format';
import type { AuditLine } from '../wire/types';

/** addModerator → Add moderator. */
const words = (act: string) => capitalised(act.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));

/** A time in a detail is written for people; what somebody said stays as it was said. */
const detail = (line: AuditLine) =>
  line.act === 'deleteMessage'
    ? line.detail
    : line.detail?.replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/, (time) => dateTime(Date.parse(time)));

/** What was done, by whom, to whom; newest first. */
export function AuditTable({ lines }: { readonly lines: readonly AuditLine[] }) {
  if (lines.length === 0) return <p class="soft">Nothing was done yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must be able to scroll it
    <section class="table-scroll" aria-label="Audit log" tabIndex={0}>
      <table class="audit">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did</th>
            <th scope="col">To</th>
            <th scope="col">Detail</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.number} data-testid="audit-line" data-act={line.act}>
              <td>
                <time dateTime={new Date(line.at).toISOString()}>{dateTime(line.at)}</time>
              </td>
              <td>{line.by.name}</td>
              <td>{words(line.act)}</td>
              <td>{line.targetName ?? line.target}</td>
              <td>
                {[detail(line), line.reason].filter(Boolean).join(' · ')}
                {line.roomId && (
                  <>
                    {' '}
                    <a href={`/room/${line.roomId}`}>Room</a>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
