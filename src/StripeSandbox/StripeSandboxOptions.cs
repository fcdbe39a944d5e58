using System.ComponentModel.DataAnnotations;
using System.Net;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.Options;

namespace LiveCommerce.StripeSandbox;

/// <summary>How the payment sandbox runs. No money moves in it, whatever is set here.</summary>
public sealed class StripeSandboxOptions
{
    /// <summary>What every key that the sandbox accepts starts with.</summary>
    public const string KeyPrefix = "sk_test_sandbox";

    /// <summary>The IP address it listens on; only loopback addresses are accepted.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// Whether it may listen beyond this machine: in a network of containers that nobody else is in. Whoever reaches it and knows the
    /// key may do everything that a payment provider's customer may.
    /// </summary>
    public bool ClosedNetwork { get; set; }

    /// <summary>TCP port; 0 takes a free one.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>The secret key that the product will use. The sandbox refuses to start beside a key of the live service.</summary>
    [Required]
    public string SecretKey { get; set; } = KeyPrefix + "_livecommerce";

    /// <summary>The SQLite file that holds everything; null keeps it in memory only.</summary>
    public string? DatabasePath { get; set; }

    /// <summary>
    /// Where a payer's browser reaches the sandbox's pages, when that is not the sandbox's own address (a proxy); null otherwise. An address
    /// (<c>https://pay.example</c>, followed by <c>/_sandbox/authenticate/…</c>), or a path of the site that shows the link
    /// (<c>/sandbox</c>, followed by <c>/authenticate/…</c>): then the addresses in answers are relative.
    /// </summary>
    public string? PagesBaseUrl { get; set; }

    /// <summary>Where webhooks go; null sends none until <see cref="StripeSandboxServer.SendWebhooksTo"/> names a target.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary>The secret that signs webhooks, with its <c>whsec_</c>.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>Where events of connected accounts go; null sends none until <see cref="StripeSandboxServer.SendConnectedWebhooksTo"/> names a target.</summary>
    public string? ConnectedWebhookUrl { get; set; }

    /// <summary>The secret that signs events of connected accounts, with its <c>whsec_</c>.</summary>
    public string? ConnectedWebhookSecret { get; set; }

    /// <summary>Tries per webhook before it is given up; it can still be read from <c>/v1/events</c>.</summary>
    [Range(1, 1000)]
    public int WebhookAttemptsMax { get; set; } = 40;

    /// <summary>Longest pause between two tries, in seconds. The first is 1 s, then it doubles.</summary>
    [Range(1, 86_400)]
    public int WebhookBackoffSecondsMax { get; set; } = 60;

    /// <summary>Time that the receiver of a webhook has for its answer, in seconds.</summary>
    [Range(1, 80)]
    public int WebhookTimeoutSeconds { get; set; } = 10;

    /// <summary>Webhooks that may wait; beyond it events are only kept for <c>/v1/events</c>.</summary>
    [Range(1, 1_000_000)]
    public int WebhookQueueMax { get; set; } = 10_000;

    /// <summary>API requests per second, all operations together; 0 for no limit.</summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecondMax { get; set; } = 100;

    /// <summary>API requests per second and operation; 0 for no limit.</summary>
    [Range(0, 1_000_000)]
    public int OperationRequestsPerSecondMax { get; set; } = 25;

    /// <summary>Longest time that the fault <see cref="ApiFault.TimeoutAfterCommit"/> keeps a caller waiting, in seconds.</summary>
    [Range(1, 3600)]
    public int HoldSecondsMax { get; set; } = 120;

    /// <summary>How long a payment with the card <c>pm_card_simProcessing</c> is processing, in seconds.</summary>
    [Range(1, 86_400)]
    public int ProcessingSeconds { get; set; } = 10;

    /// <summary>How long a refund to a card such as <c>pm_card_pendingRefund</c> takes to succeed or fail, in seconds.</summary>
    [Range(1, 2_592_000)]
    public int RefundSeconds { get; set; } = 10;

    /// <summary>How long a dispute can be answered before it is lost, in seconds.</summary>
    [Range(1, 7_776_000)]
    public int DisputeAnswerSeconds { get; set; } = 604_800;

    /// <summary>How long the bank thinks about evidence before it decides, in seconds.</summary>
    [Range(1, 7_776_000)]
    public int DisputeReviewSeconds { get; set; } = 60;

    /// <summary>What a dispute costs the shop, won or lost, in minor units of its currency.</summary>
    [Range(0, 100_000)]
    public int DisputeFeeMinor { get; set; } = 1500;

    /// <summary>The fee of a charge that grows with it, in hundredths of a percent (290 is 2.9 %), rounded half up.</summary>
    [Range(0, 10_000)]
    public int FeeBasisPoints { get; set; } = 290;

    /// <summary>The fixed part of a charge's fee, in minor units of its currency.</summary>
    [Range(0, 100_000)]
    public int FeeFixedMinor { get; set; } = 30;

    /// <summary>How long charged money is pending before the balance can be spent, in seconds. The real service takes days.</summary>
    [Range(0, 2_592_000)]
    public int PendingSeconds { get; set; } = 10;

    /// <summary>How long transferred money is pending at the connected account, in seconds.</summary>
    [Range(0, 2_592_000)]
    public int TransferPendingSeconds { get; set; } = 2;

    /// <summary>How long a payout is on its way to the bank, in seconds.</summary>
    [Range(1, 2_592_000)]
    public int PayoutSeconds { get; set; } = 5;

    /// <summary>Whether the platform's available balance is paid out to its bank by itself. Connected accounts' balances always are.</summary>
    public bool PlatformPayouts { get; set; }

    /// <summary>How long the answer to an idempotency key is kept, in hours.</summary>
    [Range(24, 720)]
    public int IdempotencyHours { get; set; } = 24;

    /// <summary>Faults armed from the start; more can be armed while it runs.</summary>
    public StripeSandboxFaults Faults { get; set; } = new();
}

/// <summary>The ranges.</summary>
[OptionsValidator]
internal sealed partial class StripeSandboxRanges : IValidateOptions<StripeSandboxOptions>;

/// <summary>What keeps the sandbox a sandbox: loopback only, never beside a live key.</summary>
internal sealed class StripeSandboxSafety : IValidateOptions<StripeSandboxOptions>
{
    public ValidateOptionsResult Validate(string? name, StripeSandboxOptions options)
    {
        var problems = new List<string>();
        if (!options.SecretKey.StartsWith(StripeSandboxOptions.KeyPrefix, StringComparison.Ordinal))
        {
            problems.Add($"The payment sandbox only runs with a key that starts with {StripeSandboxOptions.KeyPrefix}. " +
                "Take the other key out, or switch the sandbox off and use the real provider.");
        }

        if (!IPAddress.TryParse(options.Address, out var address) || !(options.ClosedNetwork || IPAddress.IsLoopback(address)))
        {
            problems.Add($"The payment sandbox only listens on a loopback address, and {options.Address} is none. Use 127.0.0.1.");
        }

        if (options.PagesBaseUrl is { } pages && !IsHttp(pages) && !IsPath(pages))
        {
            problems.Add($"{nameof(options.PagesBaseUrl)} must be an http or https address, or a path such as /sandbox.");
        }

        CheckTarget(options.WebhookUrl, options.WebhookSecret, nameof(options.WebhookUrl), nameof(options.WebhookSecret));
        CheckTarget(
            options.ConnectedWebhookUrl, options.ConnectedWebhookSecret, nameof(options.ConnectedWebhookUrl), nameof(options.ConnectedWebhookSecret));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void CheckTarget(string? url, string? secret, string urlName, string secretName)
        {
            if (url is not null && !IsHttp(url)) { problems.Add($"{urlName} must be an http or https address."); }
            if (url is not null && secret?.StartsWith("whsec_", StringComparison.Ordinal) != true)
            {
                problems.Add($"{secretName} must be given with {urlName} and start with whsec_.");
            }
        }
    }

    private static bool IsPath(string path) =>
        path is ['/', _, ..] && path[1] != '/' && path.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_');

    private static bool IsHttp(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
}
