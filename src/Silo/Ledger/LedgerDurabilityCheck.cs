using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Ledger;

/// <summary>At start: says so when the database is set up to lose what the ledger acknowledges.</summary>
internal sealed partial class LedgerDurabilityCheck(ILedgerStore store, ILogger<LedgerDurabilityCheck> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var setting in await store.FindUnsafeSettingsAsync()) { Log.Unsafe(logger, setting); }
        }
        catch (Exception failure)
        {
            // The database may come up later; whether it may be used is decided elsewhere.
            Log.Unknown(logger, failure);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(EventId = 5201, Level = LogLevel.Warning, Message = "{Setting}")]
        public static partial void Unsafe(ILogger logger, string setting);

        [LoggerMessage(EventId = 5202, Level = LogLevel.Warning, Message = "The database could not be asked whether its commits are durable")]
        public static partial void Unknown(ILogger logger, Exception failure);
    }
}
