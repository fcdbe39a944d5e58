using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Asks every minute whether it is time for a run, so that a restart neither skips one nor adds one.</summary>
internal sealed partial class ReconciliationJob(IGrainFactory grains, TimeProvider time, ILogger<ReconciliationJob> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key).RunDue().AsTask().WaitAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.RoundFailed(logger, error);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was read is stored; the next process goes on from there.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6606, Level = LogLevel.Error, Message = "The reconciliation could not be asked whether it is due; the next round tries again")]
        public static partial void RoundFailed(ILogger logger, Exception error);
    }
}
