using System.Reflection;
using LiveCommerce.Actors.Hosting;

namespace LiveCommerce.Actors.Runtime;

/// <summary>Base of the generated references: turns a method call into a <see cref="GrainCall"/> and gives it to the link.</summary>
internal class GrainReference : DispatchProxy
{
    private GrainInterface? _interface;
    private IGrainLink? _link;

    public GrainId GrainId { get; private set; }

    public static TGrain Create<TGrain>(string key, IGrainLink link)
        where TGrain : class
    {
        var reference = (GrainReference)Prototype<TGrain>.Instance.MemberwiseClone();
        reference._link = link;
        reference.GrainId = new GrainId(reference._interface!.GrainType, key);
        return (TGrain)(object)reference;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = _interface![targetMethod!];
        var call = method.CreateCall(GrainId, args ?? []);
        call.TraceParent = ActorTracing.Parent();
        call.MayRunHere = !method.IsOneWay;
        _link!.Send(call);
        return method.ReturnValue(call);
    }

    /// <summary>Two references to one grain are equal.</summary>
    public override bool Equals(object? obj) => obj is GrainReference other && other.GrainId == GrainId;

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => GrainId.ToString();

    // A proxy is made by reflection, which takes longer than a whole call; copies of it cost next to nothing.
    private static class Prototype<TGrain>
        where TGrain : class
    {
        public static readonly GrainReference Instance = Make();

        private static GrainReference Make()
        {
            var reference = (GrainReference)(object)Create<TGrain, GrainReference>();
            reference._interface = GrainInterface.Of<TGrain>();
            return reference;
        }
    }
}
