using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LiveCommerce.EndToEnd.Tests.Wire;

/// <summary>A line to the product that can be cut: the near side breaks at once, the far side hears nothing more and is told nothing.</summary>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<Connection, bool> _open = new();
    private readonly ConcurrentBag<TcpClient> _dangling = [];
    private readonly Uri _far;
    private readonly Task _accepting;

    public CutLine(Uri far)
    {
        _far = far;
        _listener.Start();
        Near = new Uri($"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}");
        _accepting = AcceptAsync();
    }

    /// <summary>The product's address through this line.</summary>
    public Uri Near { get; }

    /// <summary>Cuts every connection that is open; new ones get through.</summary>
    public void Cut()
    {
        foreach (var connection in _open.Keys) { connection.Cut(); }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        await _accepting;
        foreach (var connection in _open.Keys) { connection.Dispose(); }
        foreach (var client in _dangling) { client.Dispose(); }
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_over.Token);
                _ = CarryAsync(near);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
            // The line is given up.
        }
    }

    private async Task CarryAsync(TcpClient near)
    {
        var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        using var connection = new Connection(near);
        _open[connection] = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _far.Port, _over.Token);
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), connection.Ended), far.GetStream().CopyToAsync(near.GetStream(), connection.Ended));
        }
        catch (Exception end) when (end is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two sides is gone.
        }

        _open.TryRemove(connection, out _);
        if (connection.IsCut) { _dangling.Add(far); }
        else { far.Dispose(); }
    }

    private sealed class Connection(TcpClient near) : IDisposable
    {
        private readonly CancellationTokenSource _ending = new();

        public bool IsCut { get; private set; }

        public CancellationToken Ended => _ending.Token;

        public void Cut()
        {
            IsCut = true;
            near.Client.LingerState = new LingerOption(true, 0);
            Dispose();
        }

        public void Dispose()
        {
            _ending.Cancel();
            near.Dispose();
        }
    }
}
