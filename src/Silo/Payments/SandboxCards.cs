using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>The test cards of the payment sandbox, from its own list. With the real provider there are none, and nothing is asked.</summary>
internal sealed partial class SandboxCards(IOptions<PaymentsOptions> options, TimeProvider time, ILogger<SandboxCards> logger) : IDisposable
{
    /// <summary>More cards than this are not offered.</summary>
    private const int CardsMax = 100;

    /// <summary>Where the sandbox tells them.</summary>
    private const string Path = "/_sandbox/cards";

    /// <summary>The wallet does not wait longer for them.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    /// <summary>After a sandbox that did not answer, until it is asked again.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http = PaymentsServices.CreateHttp(options.Value);
    private ImmutableArray<TestCard>? _cards;
    private DateTimeOffset _askAt;

    /// <summary>All of them, those that simply pay first. Asked once; empty while the sandbox does not answer.</summary>
    public async Task<IReadOnlyList<TestCard>> ListAsync()
    {
        if (!options.Value.Sandbox) { return []; }
        if (_cards is { } known) { return known; }

        var now = time.GetUtcNow();
        if (now < _askAt) { return []; }
        using var timeout = new CancellationTokenSource(AnswerWithin, time);
        try
        {
            var list = await _http.GetFromJsonAsync<CardList>(
                new Uri(options.Value.BaseUrl.TrimEnd('/') + Path), JsonSerializerOptions.Web, timeout.Token);
            var cards = list!.Data.Take(CardsMax).Select(card => new TestCard(card.Id, LabelOf(card))).ToImmutableArray();
            _cards = cards;
            return cards;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            _askAt = now + AskAgain;
            Log.NotListed(logger, error);
            return [];
        }
    }

    public void Dispose() => _http.Dispose();

    private static string LabelOf(SandboxCard card) =>
        $"{char.ToUpperInvariant(card.Brand[0])}{card.Brand[1..]} {card.Last4}: {char.ToLowerInvariant(card.Label[0])}{card.Label[1..]}";

    private sealed record CardList(IReadOnlyList<SandboxCard> Data);

    /// <summary>A card as the sandbox tells it.</summary>
    private sealed record SandboxCard(string Id, string Brand, string Last4, string Label);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6015, Level = LogLevel.Warning, Message = "The payment sandbox did not tell its cards; none is offered until it does")]
        public static partial void NotListed(ILogger logger, Exception error);
    }
}
