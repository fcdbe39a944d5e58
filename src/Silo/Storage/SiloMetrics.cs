using System.Diagnostics;
using System.Diagnostics.Metrics;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Storage;

/// <summary>What an operator sees of the money and the rooms of a silo. Meter and span source <c>LiveCommerce.Silo</c>. No label names a person or a room.</summary>
internal static class SiloMetrics
{
    private const string Name = "LiveCommerce.Silo";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> GiftCount = Meter.CreateCounter<long>(
        "livecommerce.gifts", "{gift}", "Gifts from wallets that were asked for, by answer: given, or why not; who asks again is counted again.");

    private static readonly Counter<long> CoinCount = Meter.CreateCounter<long>(
        "livecommerce.coins", "{coin}", "Coins of gifts, as they were committed.");

    private static readonly Counter<long> PaymentCount = Meter.CreateCounter<long>(
        "livecommerce.payments", "{payment}", "Top-ups, card gifts and orders that came to a stage, by kind and stage.");

    private static readonly Counter<long> EntryCount = Meter.CreateCounter<long>(
        "livecommerce.ledger.entries", "{entry}", "Entries that were committed to the ledger, by kind.");

    private static readonly Histogram<double> CommitTime = Meter.CreateHistogram<double>(
        "livecommerce.ledger.commit.duration", "s", "What a commit of the ledger takes, from its first look at the database to its answers.");

    private static readonly Histogram<long> CommitSize = Meter.CreateHistogram<long>(
        "livecommerce.ledger.commit.requests", "{request}", "Requests that one commit of the ledger settles.");

    private static readonly UpDownCounter<long> Waiting = Meter.CreateUpDownCounter<long>(
        "livecommerce.ledger.queue", "{request}", "Requests that wait for the ledger's next commit.");

    /// <summary>Spans of work that serves many callers at once.</summary>
    public static ActivitySource Spans { get; } = new(Name);

    /// <summary>A gift was answered.</summary>
    public static void Gift(string result) => GiftCount.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>A payment has come to a stage.</summary>
    public static void Payment(string kind, string stage) =>
        PaymentCount.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("stage", stage));

    /// <summary>An entry was committed.</summary>
    public static void Entry(LedgerEntryKind kind, long amount)
    {
        EntryCount.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));
        if (kind == LedgerEntryKind.Gift) { CoinCount.Add(amount); }
    }

    /// <summary>A commit is over.</summary>
    public static void Committed(TimeSpan took, int requests)
    {
        CommitTime.Record(took.TotalSeconds);
        CommitSize.Record(requests);
    }

    /// <summary>Requests came into the ledger's queue, or left it.</summary>
    public static void Queued(int count) => Waiting.Add(count);
}
