using System.Collections.Immutable;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Payments;

/// <summary>One commit that a machine wants, once.</summary>
/// <param name="Key">Of the ledger's entry; stored before it is posted, so that every later try posts the same.</param>
/// <param name="Amount">How much, where that was decided when the step was begun.</param>
internal sealed record LedgerStep(Guid Key, long Amount, bool Done);

/// <summary>
/// The commits of a machine that needs more than one: each has its own key in the machine's row before it is posted, and is noted
/// as done afterwards, so that a crash anywhere between repeats nothing and forgets nothing.
/// </summary>
/// <param name="read">The steps as they are stored.</param>
/// <param name="store">Stores them; durable on completion.</param>
internal sealed class LedgerSteps(
    Func<ImmutableDictionary<string, LedgerStep>> read, Func<ImmutableDictionary<string, LedgerStep>, Task> store, TimeProvider time)
{
    /// <summary>A step, if it was begun.</summary>
    public LedgerStep? Find(string name) => read().GetValueOrDefault(name);

    /// <summary>Takes a step, unless it was taken.</summary>
    /// <param name="amount">Decides the amount when the step is begun; 0: there is nothing to post, and the step is done.</param>
    /// <returns>Moved when it is done, now or before; else what the ledger said. After <see cref="LedgerOutcome.KeyOutOfTime"/> the next try has a new key.</returns>
    public async Task<LedgerOutcome> TakeAsync(string name, Func<ValueTask<long>> amount, Func<Guid, long, ValueTask<LedgerAnswer>> post)
    {
        if (Find(name) is not { } step)
        {
            var decided = await amount();
            step = new LedgerStep(Guid.CreateVersion7(time.GetUtcNow()), decided, Done: decided == 0);
            await store(read().SetItem(name, step));
        }

        if (step.Done) { return LedgerOutcome.Moved; }

        var answer = await post(step.Key, step.Amount);
        if (answer.Outcome == LedgerOutcome.Moved)
        {
            await store(read().SetItem(name, step with { Done = true }));
        }
        else if (answer.Outcome == LedgerOutcome.KeyOutOfTime)
        {
            // The ledger knows a used key whatever its age, so this one was never used and may be replaced.
            await store(read().SetItem(name, step with { Key = Guid.CreateVersion7(time.GetUtcNow()) }));
        }

        return answer.Outcome;
    }

    /// <summary>As the other one, for a step whose amount is fixed.</summary>
    public Task<LedgerOutcome> TakeAsync(string name, long amount, Func<Guid, long, ValueTask<LedgerAnswer>> post) =>
        TakeAsync(name, () => ValueTask.FromResult(amount), post);

    /// <summary>Gives up a step that the ledger has refused for good: another try decides its amount anew under another key.</summary>
    public Task DropAsync(string name) => read().ContainsKey(name) ? store(read().Remove(name)) : Task.CompletedTask;
}
