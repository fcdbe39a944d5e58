using LiveCommerce.Contracts.Gifts;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Tells rooms of their committed gifts, each room in order and apart from the others. A room that cannot take them for a moment
/// is told later, read from the store; one that cannot for <see cref="Patience"/> is left to itself: it asks for what it missed
/// (GetGiftsAfter) when it wakes.
/// </summary>
/// <param name="tellRoom">Hands one gift to its room.</param>
/// <param name="readAfter">Gifts of a room after a place, at most that many, oldest first.</param>
internal sealed partial class GiftTeller(
    Func<SettledGift, ValueTask> tellRoom,
    Func<string, long, int, int, Task<IReadOnlyList<SettledGift>>> readAfter,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Gifts that wait in memory for one room; behind that they are read from the store.</summary>
    public const int WaitingMax = 1_000;

    /// <summary>Rooms that are told at the same time; gifts of more rooms are left to their rooms.</summary>
    public const int RoomsMax = 10_000;

    /// <summary>How long a room may refuse before it is left to itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int PageSize = 200;
    private static readonly TimeSpan RetryDelayMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Line> _rooms = [];

    /// <summary>Queues gifts in the order of their places. Never blocks, never throws.</summary>
    public void Tell(IReadOnlyList<SettledGift> gifts)
    {
        foreach (var gift in gifts)
        {
            Line? started = null;
            lock (_lock)
            {
                if (!_rooms.TryGetValue(gift.RoomId, out var line))
                {
                    if (_rooms.Count >= RoomsMax)
                    {
                        Log.TooManyRooms(logger, gift.RoomId);
                        continue;
                    }

                    started = line = new Line(gift.RoomId);
                    _rooms.Add(gift.RoomId, line);
                }

                if (line.Waiting.Count < WaitingMax && !line.Overflowed) { line.Waiting.Enqueue(gift); }
                else { line.Overflowed = true; }
            }

            if (started is not null) { _ = Task.Run(() => ServeAsync(started)); }
        }
    }

    private async Task ServeAsync(Line line)
    {
        try
        {
            while (true)
            {
                SettledGift? gift;
                lock (_lock)
                {
                    if (!line.Waiting.TryDequeue(out gift) && !line.Overflowed)
                    {
                        _rooms.Remove(line.RoomId);
                        return;
                    }
                }

                if (gift is not null)
                {
                    await TellAsync(gift);
                    line.Told = gift;
                }
                else
                {
                    await CatchUpAsync(line);
                }
            }
        }
        catch (Exception failure)
        {
            Log.GaveUp(logger, failure, line.RoomId);
            lock (_lock) { _rooms.Remove(line.RoomId); }
        }
    }

    // The memory was full for a while: everything after the last told gift comes from the store, until it has no more.
    private async Task CatchUpAsync(Line line)
    {
        var told = line.Told!;
        while (true)
        {
            lock (_lock)
            {
                // Cleared before the read: a gift that arrives from here on is queued, and at worst told twice.
                line.Overflowed = false;
            }

            var page = await readAfter(line.RoomId, told.Batch, told.Order, PageSize);
            foreach (var gift in page)
            {
                await TellAsync(gift);
                line.Told = told = gift;
            }

            if (page.Count < PageSize) { return; }
        }
    }

    private async Task TellAsync(SettledGift gift)
    {
        var since = time.GetTimestamp();
        for (var delay = RetryDelayMin; ; delay = delay * 2 > RetryDelayMax ? RetryDelayMax : delay * 2)
        {
            try
            {
                await tellRoom(gift);
                return;
            }
            catch (Exception) when (time.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(delay, time);
            }
        }
    }

    /// <summary>One room's gifts. Guarded by the teller's lock, save for <see cref="Told"/>, which is the serving task's own.</summary>
    private sealed class Line(string roomId)
    {
        public string RoomId { get; } = roomId;

        public Queue<SettledGift> Waiting { get; } = new();

        public bool Overflowed { get; set; }

        public SettledGift? Told { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "Room {RoomId} could not be told of its gifts; it reads them when it wakes")]
        public static partial void GaveUp(ILogger logger, Exception failure, string roomId);

        [LoggerMessage(EventId = 5102, Level = LogLevel.Warning, Message = "Too many rooms wait for their gifts; room {RoomId} reads them when it wakes")]
        public static partial void TooManyRooms(ILogger logger, string roomId);
    }
}
