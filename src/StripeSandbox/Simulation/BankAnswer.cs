using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Why the pretend bank sends a payout back.</summary>
/// <param name="Code">Its <c>failure_code</c>.</param>
internal sealed record BankAnswer(string Code, string Message)
{
    /// <summary>Metadata of an account that names what its bank does: <c>paid</c> or a failure code. It goes before what was chosen at onboarding.</summary>
    public const string MetadataKey = "sim_payout";

    /// <summary>The setting of a bank that takes every payout.</summary>
    public const string Paid = "paid";

    public static IReadOnlyList<BankAnswer> Failures { get; } =
    [
        new("account_closed", "The bank account has been closed."),
        new("no_account", "The bank account could not be found."),
        new("could_not_process", "The bank could not process this payout."),
        new("debit_not_authorized", "Debit transactions are not approved on the bank account."),
        new("invalid_currency", "The bank was unable to process this payout because of its currency."),
    ];

    public static bool IsSetting(string? text) => text == Paid || Failures.Any(failure => failure.Code == text);

    /// <summary>Null when the bank takes the payout.</summary>
    public static BankAnswer? Of(SandboxTransaction transaction, string? account)
    {
        if (account is null || transaction.Find(Accounts.Kind, account) is not { } owner) { return null; }
        var setting = (string?)owner["metadata"]?[MetadataKey] ?? (string?)owner[Accounts.Hidden]?["payout"];
        return Failures.FirstOrDefault(failure => failure.Code == setting);
    }
}
