using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>The payment provider and the limits of buying coins. Section <c>Payments</c>.</summary>
public sealed class PaymentsOptions
{
    /// <summary>The secret key. Empty: nothing can be paid, and a payer is told so.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>Where the API is: Stripe, or the local sandbox.</summary>
    [Required]
    [Url]
    public string BaseUrl { get; set; } = "https://api.stripe.com";

    /// <summary>Whether this is the local sandbox, where no money moves: test cards are offered, players say so.</summary>
    public bool Sandbox { get; set; }

    /// <summary>Seconds that one attempt of a request may take.</summary>
    [Range(1, 120)]
    public int RequestTimeoutSeconds { get; set; } = 80;

    /// <summary>Seconds that a payer waits for the provider before being told that the payment is on its way.</summary>
    [Range(1, 60)]
    public int AnswerWithinSeconds { get; set; } = 20;

    /// <summary>Seconds between two looks for what is due.</summary>
    [Range(1, 60)]
    public int DueEverySeconds { get; set; } = 1;

    /// <summary>Minutes a payer has to confirm a top-up before it is canceled.</summary>
    [Range(1, 60)]
    public int ConfirmWithinMinutes { get; set; } = 15;

    /// <summary>What one viewer may spend on coins in 24 hours, in cents.</summary>
    [Range(100, 200_000)]
    public long DailyLimitMinor { get; set; } = 200_000;

    /// <summary>Hours in which an account counts as new.</summary>
    [Range(0, 720)]
    public int NewAccountHours { get; set; } = 24;

    /// <summary>What a new account may spend on coins in 24 hours, in cents.</summary>
    [Range(100, 200_000)]
    public long NewAccountDailyLimitMinor { get; set; } = 100_000;

    /// <summary>Accounts that may use the same card, saved or not; nobody pays with a card that more of them have used.</summary>
    [Range(1, 1_000)]
    public int AccountsPerCardMax { get; set; } = 10;

    /// <summary>The same for the sandbox's test cards, which everybody has. 0: any number.</summary>
    [Range(0, 1_000)]
    public int AccountsPerTestCardMax { get; set; }

    /// <summary>Days in which a viewer may send back a top-up of which nothing was spent. 0: only operators refund.</summary>
    [Range(0, 365)]
    public int ViewerRefundDays { get; set; } = 14;

    /// <summary>Seconds between two looks at the provider's list of events, for those whose webhook was lost.</summary>
    [Range(10, 86_400)]
    public int EventsEverySeconds { get; set; } = 300;

    /// <summary>Accounts that may use the same card where payments go to; 0: any number.</summary>
    internal int SharersMax => Sandbox ? AccountsPerTestCardMax : AccountsPerCardMax;
}

[OptionsValidator]
internal sealed partial class PaymentsOptionsValidator : IValidateOptions<PaymentsOptions>;

/// <summary>Keeps the sandbox and real money apart.</summary>
internal sealed class PaymentsModeValidator : IValidateOptions<PaymentsOptions>
{
    private const string SandboxKey = "sk_test_sandbox";

    public ValidateOptionsResult Validate(string? name, PaymentsOptions options)
    {
        var sandboxKey = options.SecretKey.StartsWith(SandboxKey, StringComparison.Ordinal);
        var loopback = Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var url) && url.IsLoopback;
        if (options.Sandbox && options.SecretKey.Length > 0 && !(sandboxKey && loopback))
        {
            return ValidateOptionsResult.Fail(
                $"Payments:Sandbox is true, so Payments:SecretKey must begin with {SandboxKey} and Payments:BaseUrl must be on this machine.");
        }

        if (!options.Sandbox && sandboxKey)
        {
            return ValidateOptionsResult.Fail("Payments:SecretKey is one of the sandbox. Set Payments:Sandbox to true, or give a key of the provider.");
        }

        return !options.Sandbox && options.SecretKey.Length > 0 && url?.Scheme != Uri.UriSchemeHttps
            ? ValidateOptionsResult.Fail("Payments:BaseUrl must be https with a real key.")
            : ValidateOptionsResult.Success;
    }
}
