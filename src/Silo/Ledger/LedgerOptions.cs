using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Bounds of the ledger. Section <c>Ledger</c>.</summary>
public sealed class LedgerOptions
{
    /// <summary>Requests that may wait for the next commit; more are answered Busy.</summary>
    [Range(1, 1_000_000)]
    public int QueueMax { get; set; } = 20_000;

    /// <summary>Entries in one commit.</summary>
    [Range(1, 10_000)]
    public int BatchMax { get; set; } = 2_000;

    /// <summary>Accounts kept in memory (about 75 bytes each); others are read when they are needed.</summary>
    [Range(2, 10_000_000)]
    public int AccountsInMemoryMax { get; set; } = 250_000;

    /// <summary>Moved keys kept in memory (about 40 bytes each); older ones are looked up by primary key.</summary>
    [Range(2, 10_000_000)]
    public int KeysInMemoryMax { get; set; } = 400_000;

    /// <summary>Refused keys kept in memory, so that a repeat gets its first answer. Forgotten ones are decided anew.</summary>
    [Range(2, 1_000_000)]
    public int RefusalsInMemoryMax { get; set; } = 20_000;

    /// <summary>How long a request waits, in milliseconds, while the database fails, before it is answered with an error.</summary>
    [Range(0, 600_000)]
    public int GiveUpAfterMs { get; set; } = 5_000;

    /// <summary>Days until coins earned by gifts can be withdrawn.</summary>
    [Range(0, 90)]
    public int GiftHoldingDays { get; set; } = 7;

    /// <summary>Seconds between two looks for earnings past their holding time; what has come in meanwhile moves together.</summary>
    [Range(1, 43_200)]
    public int MaturityEverySeconds { get; set; } = 3_600;

    /// <summary>Accounts that one such look moves before it lets others have the database.</summary>
    [Range(1, 10_000)]
    public int MaturityAccountsMax { get; set; } = 500;

    /// <summary>How often holds that are over are looked for, in milliseconds.</summary>
    [Range(10, 3_600_000)]
    public int ExpiryEveryMs { get; set; } = 5_000;

    /// <summary>Holds that one look expires at most; with more, it looks again at once.</summary>
    [Range(1, 10_000)]
    public int ExpiryMax { get; set; } = 200;

    /// <summary>Seconds between two audits of the newest commits.</summary>
    [Range(1, 86_400)]
    public int AuditEverySeconds { get; set; } = 60;

    /// <summary>Commits that one such audit checks at once; with more, it goes on at once.</summary>
    [Range(1, 1_000_000)]
    public int AuditBatchesMax { get; set; } = 5_000;

    /// <summary>Hours between two audits of the whole ledger.</summary>
    [Range(1, 720)]
    public int AuditWholeEveryHours { get; set; } = 24;
}

[OptionsValidator]
internal sealed partial class LedgerOptionsValidator : IValidateOptions<LedgerOptions>;
