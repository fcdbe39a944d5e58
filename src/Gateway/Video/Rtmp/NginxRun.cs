using System.Globalization;
using System.Security.Cryptography;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>One life of our nginx: what it takes to talk with it, and when it ends. A new life knows nothing of the publishers of the old.</summary>
internal sealed class NginxRun : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly int _port;

    /// <summary>A life that is about to begin.</summary>
    /// <param name="socket">Full path of its control socket.</param>
    public NginxRun(int port, string socket)
    {
        _port = port;
        Control = new NginxControl(socket);
        Over = _over.Token;
    }

    /// <summary>Part of the addresses at which this nginx asks.</summary>
    public string Secret { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Its statistics, and away with a publisher.</summary>
    public NginxControl Control { get; }

    /// <summary>Fires when it has ended.</summary>
    public CancellationToken Over { get; }

    /// <summary>Where FFmpeg fetches a stream.</summary>
    public string AddressOf(string name) => string.Create(CultureInfo.InvariantCulture, $"rtmp://127.0.0.1:{_port}/{NginxConfiguration.Application}/{name}");

    /// <summary>It has ended.</summary>
    public void End() => _over.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Control.Dispose();
        _over.Dispose();
    }
}
