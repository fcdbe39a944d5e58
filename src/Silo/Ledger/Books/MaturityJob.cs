using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Wakes <see cref="ILedgerMaturityGrain"/>, which knows whether there is anything to do. A failure waits for the next time.</summary>
internal sealed partial class MaturityJob(IGrainFactory grains, IOptions<LedgerOptions> options, TimeProvider time, ILogger<MaturityJob> logger)
    : BackgroundService
{
    /// <summary>Between two wakings, when the slots are longer: a server that restarts often still comes to it.</summary>
    private static readonly TimeSpan WakeEvery = TimeSpan.FromMinutes(1);

    /// <summary>Looks of one waking.</summary>
    private const int LooksMax = 1_000;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var every = TimeSpan.FromSeconds(options.Value.MaturityEverySeconds);
        using var timer = new PeriodicTimer(every < WakeEvery ? every : WakeEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) { await WakeAsync(stoppingToken); }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What has not moved moves after the next start.
        }
    }

    private async Task WakeAsync(CancellationToken stoppingToken)
    {
        try
        {
            var grain = grains.GetGrain<ILedgerMaturityGrain>(IGiftLedgerGrain.Key);
            for (var look = 0; look < LooksMax && (await grain.Look().AsTask().WaitAsync(stoppingToken)).More; look++) { }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.LookFailed(logger, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5303, Level = LogLevel.Error, Message = "Looking for earnings past their holding time failed; the next look repeats it")]
        public static partial void LookFailed(ILogger logger, Exception error);
    }
}
