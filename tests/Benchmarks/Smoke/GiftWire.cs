using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.Benchmarks.Smoke;

/// <summary>A sender and a receiver on two hub connections: how long a gift needs from one to the other.</summary>
internal sealed class GiftWire : IAsyncDisposable
{
    private const long Coins = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _invoker;
    private readonly HubConnection _sender;
    private readonly HubConnection _receiver;
    private readonly Ear _ear = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _listening;

    private GiftWire(HttpMessageInvoker invoker, HubConnection sender, HubConnection receiver)
    {
        _invoker = invoker;
        _sender = sender;
        _receiver = receiver;
        _listening = Task.WhenAll(sender.ListenAsync(new Ear(), _over.Token), receiver.ListenAsync(_ear, _over.Token));
    }

    /// <summary>Connects both, and makes an account with coins where that is needed.</summary>
    /// <param name="server">The product, or the bare server.</param>
    /// <param name="roomId">The live room; null for the bare server, which has none.</param>
    public static async Task<GiftWire> OpenAsync(Uri server, string? roomId)
    {
        var time = TimeProvider.System;
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false });
        var cookie = roomId is null ? null : await SignInWithCoinsAsync(server, invoker);
        var wire = new GiftWire(
            invoker,
            await HubConnection.OpenAsync(server, invoker, cookie, time, CancellationToken.None),
            await HubConnection.OpenAsync(server, invoker, null, time, CancellationToken.None));
        foreach (var connection in roomId is null ? [] : (HubConnection[])[wire._sender, wire._receiver])
        {
            HubAnswers.Read<RoomStanding>(await connection.CallAsync("Join", new JoinCall(roomId!, null), Patience, CancellationToken.None));
        }

        return wire;
    }

    /// <summary>Milliseconds from the sending to the other connection's receipt.</summary>
    public async Task<double> SendAsync()
    {
        var key = Guid.CreateVersion7();
        var heard = _ear.WaitFor(key);
        var began = Stopwatch.GetTimestamp();
        var answer = _sender.CallAsync("SendGift", new SendGift(key, "heart", 1, 1), Patience, CancellationToken.None);
        var at = await heard.WaitAsync(Patience);
        await answer;
        return Stopwatch.GetElapsedTime(began, at).TotalMilliseconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
        await _over.CancelAsync();
        await _listening.ContinueWith(_ => { }, TaskScheduler.Default);
        _over.Dispose();
        _invoker.Dispose();
    }

    private static async Task<string> SignInWithCoinsAsync(Uri server, HttpMessageInvoker invoker)
    {
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        var account = (await new Api(server, invoker, TimeProvider.System).RegisterAsync("bench wire", password, CancellationToken.None)).Value!;
        var topUp = await new Api(server, invoker, TimeProvider.System, account.Cookie).TopUpAsync(
            new StartTopUp(PackId: null, Coins, "pm_card_visa", "/wallet"), CancellationToken.None);
        return topUp.Value?.State == TopUpState.Credited ? account.Cookie : throw new InvalidOperationException($"No coins: {topUp}");
    }

    /// <summary>Hears one gift at a time.</summary>
    private sealed class Ear : IFeedListener
    {
        private readonly Lock _gate = new();
        private byte[] _key = [];
        private TaskCompletionSource<long> _heard = new();

        public Task<long> WaitFor(Guid key)
        {
            lock (_gate)
            {
                _key = JsonSerializer.SerializeToUtf8Bytes(key);
                _heard = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
                return _heard.Task;
            }
        }

        public void OnBytes(int count)
        {
        }

        public void OnCall(string target, ReadOnlySpan<byte> argument)
        {
            lock (_gate)
            {
                if (_key.Length > 0 && target == "batch" && argument.IndexOf(_key) >= 0) { _heard.TrySetResult(Stopwatch.GetTimestamp()); }
            }
        }
    }
}
