using Dapper;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Inbox;

/// <summary>Reads the provider's list of events since a stored place and hands them to the inbox, which knows most of them: what webhooks lost comes this way.</summary>
internal sealed partial class EventPoller(
    StripeClient stripe, Database database, IGrainFactory grains, IOptions<PaymentsOptions> options, TimeProvider time, ILogger<EventPoller> logger)
    : BackgroundService
{
    private const string Cursor = "events";

    /// <summary>Pages of 100 events that one round reads at most; the next goes on from there.</summary>
    private const int PagesMax = 20;

    /// <summary>Without a place, how far back the first round looks.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromHours(24);

    /// <summary>One round.</summary>
    /// <param name="cancellationToken">Ends it between two events; they are read again then.</param>
    /// <returns>How many events the inbox did not know.</returns>
    public async Task<int> PollAsync(CancellationToken cancellationToken = default)
    {
        if (options.Value.SecretKey.Length == 0) { return 0; }

        var cursor = await ReadCursorAsync();
        var answer = cursor is null ? await ReadFirstAsync(cancellationToken) : await StripePages.ReadNewerAsync<StripeListedEvent>(
            page => ListAsync(new ListEvents(), page, cancellationToken), cursor, PagesMax);
        if (answer is StripeAnswer<StripeList<StripeListedEvent>>.Refused && cursor is not null)
        {
            // The provider forgets events after 30 days, and with them the place.
            Log.PlaceIsGone(logger, cursor);
            answer = await ReadFirstAsync(cancellationToken);
        }

        if (answer is not StripeAnswer<StripeList<StripeListedEvent>>.Ok { Value.Data: var events })
        {
            Log.NotRead(logger);
            return 0;
        }

        var added = 0;
        var inbox = grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key);
        foreach (var one in events)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await inbox.Receive(new ProviderEvent(one.Id, one.Type, one.Json))) { added++; }
        }

        if (events.Count > 0) { await WriteCursorAsync(events[^1].Id); }
        if (added > 0) { Log.Found(logger, added); }
        return added;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.EventsEverySeconds), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await PollAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.RoundFailed(logger, error);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The place is stored; the next process goes on from there.
        }
    }

    /// <summary>The oldest first, as after a place.</summary>
    private async Task<StripeAnswer<StripeList<StripeListedEvent>>> ReadFirstAsync(CancellationToken cancellationToken)
    {
        var answer = await StripePages.ReadAsync<StripeListedEvent>(
            page => ListAsync(new ListEvents(From: time.GetUtcNow() - FirstLook), page, cancellationToken), PagesMax);
        return answer is StripeAnswer<StripeList<StripeListedEvent>>.Ok { Value: var list }
            ? new StripeAnswer<StripeList<StripeListedEvent>>.Ok(list with { Data = [.. list.Data.Reverse()] })
            : answer;
    }

    /// <summary>A page. A process that stops does not wait for the provider: nothing was taken in yet.</summary>
    private Task<StripeAnswer<StripeList<StripeListedEvent>>> ListAsync(ListEvents query, StripePage page, CancellationToken cancellationToken) =>
        stripe.ListEventsAsync(query, page).WaitAsync(cancellationToken);

    private async Task<string?> ReadCursorAsync()
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<string?>("select newest_id from payment_cursor where name = @name", new { name = Cursor });
    }

    private Task<int> WriteCursorAsync(string newest) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        insert into payment_cursor(name, newest_id, read_at) values (@name, @newest, @at)
        on conflict (name) do update set newest_id = excluded.newest_id, read_at = excluded.read_at
        """,
        new { name = Cursor, newest, at = Microseconds.Of(time.GetUtcNow()) }, transaction));

    private static partial class Log
    {
        [LoggerMessage(EventId = 6290, Level = LogLevel.Warning, Message = "{Count} events of the payment provider had not come by webhook")]
        public static partial void Found(ILogger logger, int count);

        [LoggerMessage(EventId = 6291, Level = LogLevel.Warning, Message = "The payment provider's events could not be listed; the next round tries again")]
        public static partial void NotRead(ILogger logger);

        [LoggerMessage(EventId = 6292, Level = LogLevel.Warning, Message = "The payment provider does not know event {EventId} any more; its events are read from yesterday on")]
        public static partial void PlaceIsGone(ILogger logger, string eventId);

        [LoggerMessage(EventId = 6293, Level = LogLevel.Error, Message = "Reading the payment provider's events failed; the next round tries again")]
        public static partial void RoundFailed(ILogger logger, Exception error);
    }
}
