using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Chaos.Machines;

/// <summary>
/// Where namespaces are not allowed: every way between two processes leads through a relay of this process, which can stop to carry one
/// direction. What callers of a silo use is one relay for all of them, so a cut between a gateway and a silo cuts all its callers.
/// </summary>
internal sealed class Relays : INetwork
{
    private readonly Dictionary<(string? From, string To), Relay> _relays = [];

    public string Description => "relays of this process (no right to make network namespaces)";

    public Place Home { get; } = new("home", "127.0.0.1", 0, null);

    public Task<Place> AddAsync(string name) => Task.FromResult(new Place(name, "127.0.0.1", FreePort.Next(), null));

    public (string Host, int Port) Reach(Place? from, Place to, int port)
    {
        if (!_relays.TryGetValue((from?.Name, to.Name), out var relay)) { _relays[(from?.Name, to.Name)] = relay = new Relay(to.Address, port); }
        return ("127.0.0.1", relay.Port);
    }

    public void BringHome(Place place, int port)
    {
        // It is the same loopback.
    }

    public Task CutAsync(Place from, Place to)
    {
        foreach (var ((caller, called), relay) in _relays)
        {
            if (called == to.Name && (caller is null || caller == from.Name)) { relay.HoldsRequests = true; }
            if (called == from.Name && (caller is null || caller == to.Name)) { relay.HoldsAnswers = true; }
        }

        return Task.CompletedTask;
    }

    public Task HealAsync()
    {
        foreach (var relay in _relays.Values) { (relay.HoldsRequests, relay.HoldsAnswers) = (false, false); }
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays.Values) { await relay.DisposeAsync(); }
    }
}
