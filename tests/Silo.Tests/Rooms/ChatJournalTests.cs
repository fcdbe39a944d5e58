using System.Data.Common;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>The journal while its database is slow or failing.</summary>
public sealed class ChatJournalTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private TestDatabase _database = null!;
    private TroubledDatabase _troubled = null!;
    private ChatJournal _journal = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(SqlDialect.Sqlite);
        _troubled = new TroubledDatabase(_database.Database);
        _journal = new ChatJournal(new ChatStore(_troubled), _time, NullLogger<ChatJournal>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _troubled.Release();
        await _journal.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task FullJournal_DropsLinesAndNeverHoldsUpTheChat()
    {
        const int Said = ChatJournal.WaitingMax + (3 * ChatJournal.BatchMax);
        _troubled.Hold();
        for (var i = 1; i <= Said; i++) { Add(i); } // returns although nothing is written

        _troubled.Release();
        await _journal.FlushAsync();

        // What the loop had taken out when the database stopped counts on top of what waited.
        var kept = (await new ChatStore(_database.Database).LatestAsync("room", Said, default)).Count;
        Assert.InRange(kept, ChatJournal.WaitingMax, ChatJournal.WaitingMax + (2 * ChatJournal.BatchMax));
    }

    [Fact]
    public async Task FailedWrite_IsTriedAgain()
    {
        _troubled.FailNext(2);
        Add(1);
        var flushed = _journal.FlushAsync();

        await _time.AdvanceUntil(() => flushed.IsCompleted, ChatJournal.Linger);

        Assert.Single(await new ChatStore(_database.Database).LatestAsync("room", 10, default));
    }

    [Fact]
    public async Task DatabaseThatStaysAway_CostsTheLinesAndHoldsUpNobodyForGood()
    {
        _troubled.FailNext(ChatJournal.TriesMax);
        Add(1);
        var flushed = _journal.FlushAsync();

        await _time.AdvanceUntil(() => flushed.IsCompleted, ChatJournal.Linger);
        Add(2);
        await _journal.FlushAsync();

        Assert.Equal("line 2", Assert.Single(await new ChatStore(_database.Database).LatestAsync("room", 10, default)).Text);
    }

    private void Add(int number) => _journal.Add(new ChatLine("room", 1,
        new ChatSaid(Guid.CreateVersion7(), $"m{number}", Who("ana"), RoomBadge.Viewer, $"line {number}") { Sequence = number, At = _time.GetUtcNow() }));

    /// <summary>A real database whose commits can be held up or fail.</summary>
    private sealed class TroubledDatabase(Database inner) : Database
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _holding;
        private int _failures;

        public override SqlDialect Dialect => inner.Dialect;

        public void Hold() => _holding = true;

        public void Release() => _released.TrySetResult();

        public void FailNext(int writes) => _failures = writes;

        public override ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

        public override async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work)
        {
            if (_holding) { await _released.Task; }
            if (Interlocked.Decrement(ref _failures) >= 0) { throw new IOException("The disk is full."); }
            return await inner.WriteAsync(work);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
