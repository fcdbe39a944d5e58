using LiveCommerce.Actors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Due;

/// <summary>How grains of one type are woken.</summary>
internal sealed record DueCall(string GrainType, Func<IGrainFactory, string, ValueTask> Wake);

/// <summary>Registers who can be woken.</summary>
internal static class DueServices
{
    /// <summary>Grains that set due times as <paramref name="grainType"/> are woken by <paramref name="wake"/>.</summary>
    public static IServiceCollection AddDueCall<TGrain>(this IServiceCollection services, string grainType, Func<TGrain, ValueTask> wake)
        where TGrain : class, IGrainWithStringKey =>
        services.AddSingleton(new DueCall(grainType, (grains, key) => wake(grains.GetGrain<TGrain>(key))));
}

/// <summary>Wakes grains whose due time has come, in bounded batches. A failure concerns one grain only: it is tried again after the lease.</summary>
internal sealed partial class DueWaker(
    DueTimes dueTimes, IEnumerable<DueCall> calls, IGrainFactory grains, IOptions<PaymentsOptions> options, TimeProvider time, ILogger<DueWaker> logger)
    : BackgroundService
{
    /// <summary>Grains taken at once.</summary>
    public const int BatchMax = 100;

    /// <summary>Grains that work at the same time: below the provider's requests per second.</summary>
    public const int AtOnceMax = 8;

    /// <summary>Until a grain that failed is tried again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DueCall> _calls = calls.ToDictionary(call => call.GrainType, StringComparer.Ordinal);

    /// <summary>Wakes everyone who is due now, once.</summary>
    /// <returns>How many.</returns>
    public async Task<int> WakeAsync(CancellationToken cancellationToken = default)
    {
        var now = time.GetUtcNow();
        var due = await dueTimes.ClaimAsync(now, now + Lease, BatchMax);
        await Parallel.ForEachAsync(
            due, new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellationToken }, WakeOneAsync);
        return due.Count;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.DueEverySeconds), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await WakeAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.RoundFailed(logger, error);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is due stays in the table.
        }
    }

    private async ValueTask WakeOneAsync(DueGrain due, CancellationToken cancellationToken)
    {
        if (!_calls.TryGetValue(due.GrainType, out var call))
        {
            Log.UnknownType(logger, due.GrainType, due.GrainKey);
            return;
        }

        try
        {
            // A grain that asks the provider may take long. A process that stops does not wait for it here: its row is durable.
            await call.Wake(grains, due.GrainKey).AsTask().WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.WakeFailed(logger, error, due.GrainType, due.GrainKey, Lease);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6101, Level = LogLevel.Error, Message = "Looking for due grains failed; the next round tries again")]
        public static partial void RoundFailed(ILogger logger, Exception error);

        [LoggerMessage(EventId = 6102, Level = LogLevel.Error, Message = "Nobody knows how to wake {GrainType}/{GrainKey}; it stays in the table")]
        public static partial void UnknownType(ILogger logger, string grainType, string grainKey);

        [LoggerMessage(EventId = 6103, Level = LogLevel.Warning, Message = "{GrainType}/{GrainKey} failed when it was due and is tried again after {Lease}")]
        public static partial void WakeFailed(ILogger logger, Exception error, string grainType, string grainKey, TimeSpan lease);
    }
}
