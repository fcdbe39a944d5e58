using LiveCommerce.Actors.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Runtime;

/// <summary>Makes references. They activate nothing by themselves.</summary>
internal sealed class GrainFactory(IGrainLink link, ActorOptions options, ILogger logger) : IGrainFactory
{
    public TGrain GetGrain<TGrain>(string key)
        where TGrain : class, IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (key.Length > GrainId.KeyLengthMax)
        {
            throw new ArgumentException($"A grain's key has at most {GrainId.KeyLengthMax} characters; this one has {key.Length}.", nameof(key));
        }

        return GrainReference.Create<TGrain>(key, link);
    }

    public TObserver CreateObjectReference<TObserver>(TObserver observer)
        where TObserver : class, IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(observer);
        return ObserverReference.Create(observer, options.ObserverWaitingMax, logger);
    }
}
