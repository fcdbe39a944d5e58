using System.Globalization;
using LiveCommerce.Chaos.Faults;
using LiveCommerce.Chaos.Load;
using LiveCommerce.Chaos.Machines;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Chaos.Checks;

/// <summary>One promise, and what speaks against it.</summary>
internal sealed record Verdict(string Promise, IReadOnlyList<string> Problems);

/// <summary>Holds what people were told against what is stored.</summary>
internal sealed class RunChecks(ChaosCluster cluster, Crowd crowd, IReadOnlyList<FaultResult> faults)
{
    /// <summary>A promise of the suite itself.</summary>
    public const string FindsLateCommits = "a commit of the ledger at an old epoch would be found";

    /// <summary>From the kill of a silo until others own what it had.</summary>
    public static readonly TimeSpan FailoverWithin = TimeSpan.FromSeconds(7);

    /// <summary>The longest that an answer may take while a silo gives its shards away in order.</summary>
    public static readonly TimeSpan HandOverWithin = TimeSpan.FromSeconds(1);

    private const int ExamplesMax = 5;

    private readonly List<Verdict> _verdicts = [];

    /// <summary>Stops the load and checks everything. The cluster is whole.</summary>
    /// <param name="judgeTimes">How long things took is judged too: on a machine that does nothing else.</param>
    public async Task<IReadOnlyList<Verdict>> RunAsync(bool judgeTimes)
    {
        await crowd.StopGivingAsync();
        await CheckGiftsAsync();
        await crowd.StopWatchingAsync();
        await CheckWalletsAsync();
        await CheckDatabaseAsync();
        Judge("answers were as the protocol has them", crowd.Book.Problems);
        Judge("rooms were told without holes, repeats or steps back", crowd.Watching.SelectMany(watcher => watcher.Problems));
        Judge(
            "no silo was called dead while the database was away",
            faults.Where(fault => FaultRunner.KillsNobody(fault.Kind) && fault.Deaths.Count > 0).Select(fault => $"{FaultNames.Of(fault.Kind)}: {string.Join(", ", fault.Deaths)}"));
        if (judgeTimes) { JudgeTimes(); }
        return _verdicts;
    }

    /// <summary>Only what is stored: of a run whose store was made to do wrong, people may have noticed anything.</summary>
    /// <param name="provesItself">A commit of the ledger at an old epoch is made up as well, to see that it would be found.</param>
    public async Task<IReadOnlyList<Verdict>> RunOnDatabaseAsync(bool provesItself)
    {
        await CheckDatabaseAsync();
        if (provesItself)
        {
            var found = await cluster.Database.FindsLateCommitAsync();
            Judge(FindsLateCommits, found ? [] : ["one that was made up was not found"]);
        }

        return _verdicts;
    }

    private async Task CheckGiftsAsync()
    {
        var stored = await cluster.Database.GiftsAsync(crowd.Room.RoomId);
        var sent = crowd.Book.Gifts;
        Judge("each acknowledged gift is in the ledger", sent.Where(gift => gift.Receipt is not null).Select(gift => gift.Key).Except(stored).Select(key => key.ToString()));
        Judge("no gift is there twice", stored.GroupBy(key => key).Where(group => group.Count() > 1).Select(group => group.Key.ToString()));
        Judge("no gift is there that nobody sent", stored.Except(sent.Select(gift => gift.Key)).Select(key => key.ToString()));
        Judge("each gift has its answer", sent.Where(gift => gift.Receipt is null).Select(gift => $"{gift.Key} after {gift.Tries} tries"));

        try
        {
            await ChaosCluster.EventuallyAsync(
                () => Task.FromResult(crowd.Watching.All(watcher => watcher.Missed(stored).Count == 0)), "every viewer has seen every gift");
        }
        catch (TimeoutException)
        {
            // What is missing is told below.
        }

        Judge("every viewer saw every gift", crowd.Watching.SelectMany(watcher => watcher.Missed(stored).Select(key => $"{watcher.Name} has not seen {key}, sent after {SentAt(key)}")));
    }

    private void JudgeTimes()
    {
        Within($"a killed silo's shards have other owners within {FailoverWithin.TotalSeconds} s", FaultKind.KillSilo, fault => fault.ShardsBack, FailoverWithin);
        Within($"no answer takes more than {HandOverWithin.TotalSeconds} s while a silo gives its shards away", FaultKind.Drain, fault => fault.HandOver, HandOverWithin);

        void Within(string promise, FaultKind kind, Func<FaultResult, TimeSpan?> took, TimeSpan limit)
        {
            var some = faults.Where(fault => fault.Kind == kind).ToList();
            if (some.Count == 0) { return; }
            Judge(promise, some.Where(fault => took(fault) > limit).Select(fault => string.Create(
                CultureInfo.InvariantCulture, $"{FaultNames.Of(kind)} of {fault.Target} at {fault.At.TotalSeconds:0.0} s: {took(fault)!.Value.TotalSeconds:0.00} s")));
        }
    }

    private string SentAt(Guid key) => crowd.Book.Gifts.FirstOrDefault(gift => gift.Key == key) is { } gift
        ? string.Create(CultureInfo.InvariantCulture, $"{gift.Began.TotalSeconds:0.0} s and answered after {gift.Answered?.TotalSeconds:0.0} s")
        : "?";

    private async Task CheckWalletsAsync()
    {
        var problems = new List<string>();
        foreach (var giver in crowd.Giving)
        {
            var given = crowd.Book.Gifts.Where(gift => gift.Sender == giver.Person).Sum(gift => gift.Receipt?.Coins ?? 0);
            var wallet = await giver.Person.NeedAsync<Wallet>(HttpMethod.Get, "/api/wallet");
            if (wallet.Coins != Crowd.Coins - given) { problems.Add($"{Crowd.Coins} coins less {given} given are not {wallet.Coins}"); }
        }

        Judge("each wallet holds what its gifts have left", problems);
    }

    private async Task CheckDatabaseAsync()
    {
        Judge("nothing was stored at an old epoch, and no epoch fell", [.. await cluster.Database.ViolationsAsync(), .. await cluster.Database.LateCommitsAsync()]);
        var (exitCode, output) = await cluster.RunAsync("verify");
        Judge("money is conserved: livecommerce verify", exitCode == 0 && output.Contains("0 defects", StringComparison.Ordinal) ? [] : [output.Trim()]);
    }

    private void Judge(string promise, IEnumerable<string> problems)
    {
        var all = problems.ToList();
        _verdicts.Add(new Verdict(promise, all.Count <= ExamplesMax ? all : [.. all.Take(ExamplesMax), $"and {all.Count - ExamplesMax} more"]));
    }
}
