using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>Somebody who takes part in an act: an account with a connection of its own, in a room. Not among the viewers that are measured.</summary>
/// <param name="number">Decides where it comes from.</param>
/// <param name="account">Null: a guest.</param>
internal sealed class Actor(Load load, RoomLoad room, int number, SignedIn? account) : IFeedListener, IAsyncDisposable
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<string> _snapshot = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Refusal?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HubConnection? _connection;

    public string Id => account?.Person.Id ?? "";

    /// <summary>Its way to the HTTP API.</summary>
    public Api Api { get; } = new(load.Scenario.Server, load.Dialer.For(number), load.Clock.Time, account?.Cookie);

    /// <summary>The room's first snapshot, as JSON.</summary>
    public Task<string> Snapshot => _snapshot.Task;

    /// <summary>Why the server has closed its connection for good; never while it has not.</summary>
    public Task<Refusal?> Closed => _closed.Task;

    /// <summary>Connects and joins the room.</summary>
    /// <returns>Why not; null: it is in.</returns>
    public async Task<Refusal?> JoinAsync(CancellationToken cancellationToken)
    {
        _connection = await HubConnection.OpenAsync(load.Dialer, number, account?.Cookie, WireProtocol.Json, load.Clock.Time, cancellationToken);
        _ = ListenAsync(_connection, cancellationToken);
        return (await CallAsync<JoinCall, RoomStanding>("Join", new JoinCall(room.RoomId, Since: null), cancellationToken)).Refusal;
    }

    /// <summary>Calls a method of the hub.</summary>
    public async Task<Result<T>> CallAsync<TArgument, T>(string method, TArgument argument, CancellationToken cancellationToken)
        where T : class => HubAnswers.Read<T>(await _connection!.CallAsync(method, argument, AnswerPatience, cancellationToken));

    public void OnBytes(int count)
    {
    }

    public void OnCall(string target, ReadOnlySpan<byte> argument)
    {
        if (target == "snapshot")
        {
            Courier.Tell((Snapshot: _snapshot, Json: Encoding.UTF8.GetString(argument)), static one => one.Snapshot.TrySetResult(one.Json));
        }
        else if (target == "closed")
        {
            Courier.Tell((Closed: _closed, Why: JsonSerializer.Deserialize<Refusal>(argument, WireJson.Options)), static one => one.Closed.TrySetResult(one.Why));
        }
    }

    public ValueTask DisposeAsync() => _connection is null ? ValueTask.CompletedTask : _connection.DisposeAsync();

    private async Task ListenAsync(HubConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ListenAsync(this, cancellationToken);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // Told by what the act was waiting for.
        }
    }
}
