using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Keeps the accounts fresh that are asked for again and again.</summary>
internal sealed partial class AccountRefresher(
    AccountDirectory directory, IOptions<AccountOptions> options, TimeProvider time, ILogger<AccountRefresher> logger) : BackgroundService
{
    /// <summary>Looks at the memory while one look at an account lasts.</summary>
    private const int RoundsPerLook = 8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromSeconds(options.Value.SessionCheckSeconds) / RoundsPerLook;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await directory.RefreshAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing is believed for longer: whoever asks then reads for itself.
                Log.NotRefreshed(logger, exception);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2511, Level = LogLevel.Warning, Message = "The accounts that are in use could not be read anew")]
        public static partial void NotRefreshed(ILogger logger, Exception exception);
    }
}
