using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>When the provider's balance is compared with the ledger. Section <c>Reconciliation</c>.</summary>
public sealed class ReconciliationOptions
{
    /// <summary>Seconds between two runs.</summary>
    [Range(60, 86_400)]
    public int EverySeconds { get; set; } = 3_600;

    /// <summary>Seconds that one side may be behind the other: webhooks and due times come within that. Younger differences are no breaks.</summary>
    [Range(0, 86_400)]
    public int GraceSeconds { get; set; } = 600;

    /// <summary>Minutes that a row may be unfinished and tried again and again before it is called stuck. Refunds, which banks may keep for days, have 14 days.</summary>
    [Range(30, 43_200)]
    public int StuckAfterMinutes { get; set; } = 120;
}

[OptionsValidator]
internal sealed partial class ReconciliationOptionsValidator : IValidateOptions<ReconciliationOptions>;
