using LiveCommerce.Actors;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Remembers what gateways say of themselves. Nothing is stored: whoever has a broadcast says so every two seconds.</summary>
internal sealed class OriginGrain : Grain, IOriginGrain
{
    private (Origin Origin, long At)? _told;

    public ValueTask Announce(string address, string? roomId = null)
    {
        if (address.Length <= OriginLimits.AddressLengthMax && roomId is null or { Length: <= GrainId.KeyLengthMax })
        {
            // Whose it is never changes, and an older gateway does not say it.
            _told = (new Origin(address, roomId ?? _told?.Origin.RoomId), Time.GetTimestamp());
        }

        return default;
    }

    public ValueTask<string?> Find() => new(FindNow()?.Address);

    public ValueTask<Origin?> FindOrigin() => new(FindNow());

    private Origin? FindNow()
    {
        if (_told is { } told && Time.GetElapsedTime(told.At) < OriginLimits.Life) { return told.Origin; }

        // Anybody may ask for anything: what nobody has does not stay in memory.
        DeactivateOnIdle();
        return null;
    }
}
