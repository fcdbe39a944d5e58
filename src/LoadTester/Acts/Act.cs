using LiveCommerce.Contracts;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>Something that is done once in a run, and proven at its end.</summary>
internal abstract class Act(Load load, ActPlan plan, RoomLoad room)
{
    /// <summary>Between two looks at something that takes its time.</summary>
    protected static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    public ActPlan Plan => plan;

    protected Load Load => load;

    protected RoomLoad Room => room;

    /// <summary>People who take part; set before it begins.</summary>
    public IReadOnlyList<Actor> Actors { get; set; } = [];

    /// <summary>Coins that each of its accounts needs, in their order.</summary>
    public virtual IReadOnlyList<long> Purses => [.. Enumerable.Repeat(0L, plan.Accounts)];

    /// <summary>The promise that is proven.</summary>
    public abstract string Promise { get; }

    /// <summary>What went wrong while it was done; null: nothing.</summary>
    public string? Failed { get; set; }

    /// <summary>Lets its people in. Before the clock starts.</summary>
    public virtual async Task ArriveAsync(CancellationToken cancellationToken)
    {
        var refusals = await Task.WhenAll(Actors.Select(actor => actor.JoinAsync(cancellationToken)));
        Failed ??= refusals.FirstOrDefault(refusal => refusal is not null)?.Message;
    }

    /// <summary>Does it, when its time has come.</summary>
    /// <returns>What went wrong; null: nothing.</returns>
    public abstract Task<string?> DoAsync(CancellationToken cancellationToken);

    /// <summary>After the load: waits for its end and proves it.</summary>
    /// <param name="wallets">Of everybody who gave in the run, read to the end.</param>
    public abstract Task<ActVerdict> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken);

    /// <summary>Asks until something has come to its end, or patience is over.</summary>
    protected async Task<Result<T>> UntilAsync<T>(Func<Task<Result<T>>> ask, Func<T, bool> isOver, TimeSpan patience, CancellationToken cancellationToken)
        where T : class
    {
        var since = load.Clock.Time.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            var goesOn = answer.Ok ? !isOver(answer.Value) : answer.Refusal.Code == RefusalCode.Busy;
            if (!goesOn || load.Clock.Time.GetElapsedTime(since) > patience) { return answer; }
            await Task.Delay(LookEvery, load.Clock.Time, cancellationToken);
        }
    }

    /// <summary>What everybody gave in a room, with the time of the ledger.</summary>
    protected static IReadOnlyList<(DateTimeOffset At, long Coins)> GivenIn(IReadOnlyList<WalletProof> wallets, RoomLoad where) =>
        [.. wallets.SelectMany(wallet => wallet.GivenIn(where.RoomId))];
}

/// <summary>What an act came to.</summary>
/// <param name="Problem">Null: its promise was kept.</param>
/// <param name="Detail">What was proven.</param>
internal sealed record ActVerdict(string? Problem, string Detail)
{
    public static ActVerdict Of(string? problem, string detail) => new(problem, detail);
}
