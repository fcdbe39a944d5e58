using LiveCommerce.Actors;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Remembers what gateways say of themselves. Nothing is stored: whoever has a broadcast says so every two seconds.</summary>
internal sealed class OriginGrain : Grain, IOriginGrain
{
    private (string Address, long At)? _told;

    public ValueTask Announce(string address)
    {
        if (address.Length <= OriginLimits.AddressLengthMax) { _told = (address, Time.GetTimestamp()); }
        return default;
    }

    public ValueTask<string?> Find()
    {
        if (_told is { } told && Time.GetElapsedTime(told.At) < OriginLimits.Life) { return new(told.Address); }

        // Anybody may ask for anything: what nobody has does not stay in memory.
        DeactivateOnIdle();
        return new((string?)null);
    }
}
