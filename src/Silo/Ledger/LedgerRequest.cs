using System.Diagnostics;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>A request and the one who waits for its answer.</summary>
internal sealed class LedgerRequest : TaskCompletionSource<LedgerAnswer>
{
    public LedgerRequest(LedgerEntry entry, bool isOwn = false)
        : this()
    {
        Entry = entry;
        IsOwn = isOwn;
    }

    public LedgerRequest(IReadOnlyList<LedgerEntry> together)
        : this() => Together = together;

    public LedgerRequest(LedgerReversal reversal)
        : this()
    {
        Reversal = reversal;
        Together = reversal.Together ?? [];
    }

    public LedgerRequest(LedgerFreeze freeze)
        : this() => Freeze = freeze;

    private LedgerRequest()
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
    }

    /// <summary>Where the one who waits stands in a trace that is kept.</summary>
    public ActivityContext? Trace { get; } = SiloMetrics.Spans.HasListeners() && Activity.Current is { Recorded: true } span ? span.Context : null;

    /// <summary>One entry, as gifts are.</summary>
    public LedgerEntry? Entry { get; }

    /// <summary>Whether the ledger itself made it.</summary>
    public bool IsOwn { get; }

    /// <summary>Several entries of one commit.</summary>
    public IReadOnlyList<LedgerEntry> Together { get; } = [];

    /// <summary>What is given back, together with <see cref="Together"/>.</summary>
    public LedgerReversal? Reversal { get; }

    /// <summary>A freeze or a thaw: a commit of its own.</summary>
    public LedgerFreeze? Freeze { get; }

    /// <summary>Its key.</summary>
    public Guid Key => Entry?.Key ?? Freeze?.Key ?? Reversal?.Key ?? Together[0].Key;
}
